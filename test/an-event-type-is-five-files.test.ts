import { execFile } from "node:child_process";
import { randomUUIDv7 } from "node:crypto";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChatClient, startNatter, waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pinEdits, withEdits } from "./message-pinned.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const files = Object.keys(pinEdits);

test("event type - a made-up one is at most five source files", () => {
  expect(files.length).toBeLessThanOrEqual(5);
});

describe("natter with a made-up event type", () => {
  const preload = new URL("load-message-pinned.ts", import.meta.url).href;

  interface Page {
    readonly messages: readonly { readonly id: string; readonly pinnedAt?: string }[];
  }

  test(
    "event type - a made-up one goes live, is on a page, and is kept by the store alone",
    { timeout: 300_000 },
    async () => {
      await using natter = await startNatter({ env: { NODE_OPTIONS: `--import=${preload}` } });
      const pageOf = async (): Promise<Page> => {
        const answer = await fetch(`${natter.url}/api/sessions/pins/messages`);
        return (await answer.json()) as Page;
      };
      const client = await ChatClient.connect(natter.url, "pins");
      const other = await ChatClient.connect(natter.url, "pins");
      const { messageId } = await client.converse("/rate 0 /echo pinned");
      const pin = { type: "pin_message", id: randomUUIDv7(), messageId };
      client.send(pin);
      client.send({ ...pin, retry: true });
      await waitFor(() => client.all("ack").length === 2, { what: "both acks" });
      const [first, second] = client.all("ack");
      expect(second).toEqual({ ...first, duplicate: true });
      client.send({ ...pin, id: randomUUIDv7(), messageId: "nothing-there" });
      expect((await client.next("error")).code).toBe("not_found");
      const isPin = (frame: object): boolean => "clientId" in frame && frame.clientId === pin.id;
      const live = await waitFor(() => other.frames.find(isPin), { what: "the live frame" });
      expect(live).toMatchObject({ type: "message_pinned", messageId, seq: first?.seq });
      const { sentAt } = live as unknown as { sentAt: string };
      expect((await pageOf()).messages[0]).toMatchObject({ id: messageId, pinnedAt: sentAt });

      // Only the store answers a search, and it records in the order of the log: then it has the pin, too.
      client.send({ message: "/rate 0 /echo lighthouse" });
      await waitFor(
        async () => {
          const search = `${natter.url}/api/search?q=lighthouse&guest=${client.connection.guestToken}`;
          const { hits = [] } = (await (await fetch(search)).json()) as { hits?: unknown[] };
          return hits.length > 0;
        },
        { what: "the store to have a later message", timeoutMs: 60_000 },
      );
      await natter.stop();
      await rm(join(natter.dataDir, "nats"), { recursive: true });
      await natter.restart();
      expect((await pageOf()).messages[0]).toMatchObject({ id: messageId, pinnedAt: sentAt });
    },
  );
});

describe("the source with a made-up event type", () => {
  let copy: string;

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "natter-source-"));
    for (const part of ["packages", "services", "package.json", "tsconfig.json"])
      await cp(root + part, join(copy, part), { recursive: true, verbatimSymlinks: true, filter: isSource });
    await symlink(join(root, "node_modules"), join(copy, "node_modules"), "junction");
    const include = ["packages/protocol/src", "packages/session-log/src", "services/*/src"];
    const check = { extends: "./tsconfig.json", include, exclude: ["**/contract", "**/*.contract.ts"] };
    await writeFile(join(copy, "tsconfig.check.json"), JSON.stringify(check));
  });
  afterAll(async () => rm(copy, { recursive: true, force: true }));

  async function edit(leftOut?: string): Promise<void> {
    for (const path of files) {
      const text = await readFile(root + path, "utf8");
      await writeFile(join(copy, path), path === leftOut ? text : withEdits(path, text));
    }
  }

  async function compile(): Promise<string> {
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const args = [compiler, "--project", join(copy, "tsconfig.check.json"), "--pretty", "false"];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: copy }, (_error, output, faults) => resolve(output + faults));
    });
  }

  test("event type - a made-up one compiles with all of its files", { timeout: 300_000 }, async () => {
    await edit();
    expect(await compile()).toBe("");
  });

  test.each(files)(
    "event type - a made-up one does not compile without its part of %s",
    { timeout: 300_000 },
    async (path) => {
      await edit(path);
      expect(await compile()).toMatch(/error TS\d+: .*(message_pinned|pin_message|pinnedAt)/);
    },
  );
});

/** Neither tests nor what was built. Links to other parts stay as they are, so they lead into the copy. */
function isSource(path: string): boolean {
  return !/[\\/](test|dist|\.natter)$/.test(path);
}
