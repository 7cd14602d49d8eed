import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatClient, startNatsServer, startNatter, waitFor, type TestNatter } from "@natter/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openBrokerSecret } from "../src/broker/broker-secret.ts";

describe("the secret of a data directory", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "natter-secret-"));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  test("has 32 bytes, is kept, and is another one in another folder", async () => {
    const secret = await openBrokerSecret(folder);
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect(await openBrokerSecret(folder)).toBe(secret);
    await rm(join(folder, "broker.secret"));
    expect(await openBrokerSecret(folder)).not.toBe(secret);
  });

  test.each([
    ["empty", ""],
    ["cut", "abc"],
    ["not ours", `${"x".repeat(42)}"\nlisten: 0.0.0.0\n`],
  ])("is made anew when its file is %s", async (_what, text) => {
    await writeFile(join(folder, "broker.secret"), text);
    expect(await openBrokerSecret(folder)).toMatch(/^[\w-]{43}$/);
  });

  test.runIf(process.platform !== "win32")("is for its user alone, also when it was not", async () => {
    await writeFile(join(folder, "broker.secret"), `${"a".repeat(43)}\n`, { mode: 0o644 });
    expect(await openBrokerSecret(folder)).toBe("a".repeat(43));
    expect((await stat(join(folder, "broker.secret"))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["broker.secret"]);
  });
});

/** What the broker answers to a client that says this of itself. */
async function answerTo(url: URL, says: object): Promise<string> {
  const socket = connect(Number(url.port), url.hostname);
  let heard = "";
  socket.on("data", (data) => (heard += data.toString()));
  socket.on("error", () => undefined);
  socket.write(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, ...says })}\r\nPING\r\n`);
  const answer = await waitFor(() => /PONG|-ERR[^\r]*/.exec(heard)?.[0], { what: "an answer" });
  socket.destroy();
  return answer;
}

describe("the broker that a start runs", () => {
  let natter: TestNatter;

  beforeAll(async () => {
    natter = await startNatter({ env: { NATTER_LOG_LEVEL: "trace" } });
  });
  afterAll(async () => natter?.[Symbol.asyncDispose]());

  test("refuses whoever has no secret, another one, or one of another form", async () => {
    const url = new URL(await natter.brokerUrl());
    const secret = url.username;
    for (const says of [
      {},
      { auth_token: "another" },
      { auth_token: "" },
      { auth_token: secret.slice(1) },
      { user: "natter", pass: secret },
    ])
      expect(await answerTo(url, says)).toBe("-ERR 'Authorization Violation'");
    expect(await answerTo(url, { auth_token: secret })).toBe("PONG");
  });

  test("lets its parts in again after each of them was killed", async () => {
    for (const role of ["nats", "persistence"]) {
      const before = (await natter.run()).find((each) => each.role === role)?.pid ?? 0;
      process.kill(before, "SIGKILL");
      await waitFor(
        async () => (await natter.run()).some((each) => each.role === role && each.pid !== before),
        {
          what: `${role} to come back`,
          timeoutMs: 10_000,
        },
      );
    }
    await waitFor(async () => (await fetch(`${natter.url}/readyz`)).ok, { what: "readiness" });
    const url = new URL(await natter.brokerUrl());
    expect(await answerTo(url, {})).toBe("-ERR 'Authorization Violation'");
  });

  test("shows the secret in no line of a log, no list of processes and no address", async () => {
    const secret = new URL(await natter.brokerUrl()).username;
    expect(secret).toHaveLength(43);
    expect(natter.output).not.toContain(secret);
    expect(await readFile(join(natter.dataDir, "run.json"), "utf8")).not.toContain(secret);
    if (process.platform !== "linux") return;
    for (const { pid } of await natter.run())
      expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).not.toContain(secret);
  });
});

test("a broker of the user's is used with the secret in its address, and gets no other", async () => {
  await using server = await startNatsServer({ config: 'authorization { user: "ann", password: "p@ss/1" }' });
  await using natter = await startNatter({
    env: { NATS_URL: `nats://ann:p%40ss%2F1@127.0.0.1:${server.port}` },
  });
  expect((await natter.run()).map(({ role }) => role)).not.toContain("nats");
  const client = await ChatClient.connect(natter.url, "elsewhere");
  expect((await client.converse("/rate 0 /echo here")).message).toBe("here");
  expect(await readdir(natter.dataDir)).not.toContain("broker.secret");
  expect(natter.output).not.toMatch(/p@ss|p%40ss/);
});
