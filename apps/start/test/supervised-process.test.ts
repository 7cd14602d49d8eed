import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@natter/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogPrinter } from "../src/processes/log-lines.ts";
import { SupervisedProcess } from "../src/processes/supervised-process.ts";
import { StartFailure } from "../src/start-failure.ts";

let folder: string;
let said: string[] = [];
const started: SupervisedProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-part-"));
  said = [];
});
afterEach(async () => {
  await Promise.all(started.splice(0).map(async (each) => each.stop()));
  await rm(folder, { recursive: true, force: true });
});

function part(script: string, command = process.execPath): SupervisedProcess {
  const supervised = new SupervisedProcess(
    { role: "gateway", instance: "part", command, args: ["-e", script], env: {} },
    {
      printer: new LogPrinter(() => undefined, false),
      say: (line) => said.push(line),
      onChange: () => undefined,
      variables: process.env,
    },
  );
  started.push(supervised);
  return supervised;
}

const logged = (record: object): string => `console.log(${JSON.stringify(JSON.stringify(record))});`;

describe("a part that ends before it is ready ends the start with one line", () => {
  test.each([
    ["by a code", "process.exit(3)", "part ended with code 3 before it was ready"],
    ["by a signal", "process.kill(process.pid, 'SIGKILL')", "part was ended by SIGKILL before it was ready"],
    ["without a mistake", "", "part ended with code 0 before it was ready"],
    [
      "with a word",
      "console.error('no such file'); process.exit(1)",
      "part ended with code 1 before it was ready: no such file",
    ],
    [
      "with a complaint that is not its last line",
      `${logged({ level: 60, msg: "could not start", err: { message: "port\n 1 is taken" } })}
       ${logged({ level: 30, msg: "stopped" })} process.exit(1)`,
      "part ended with code 1 before it was ready: could not start: port 1 is taken",
    ],
  ])("%s", async (_how, script, message) => {
    await expect(part(script).start()).rejects.toThrow(new StartFailure(message));
  });

  test("when there is no such program", async () => {
    await expect(part("", join(folder, "missing")).start()).rejects.toThrow(
      /^part cannot be started \(.*ENOENT.*\) before it was ready$/,
    );
  });
});

test("a part whose program is away for a while is started again when it is back", async () => {
  const command = join(folder, "node");
  await symlink(process.execPath, command);
  const supervised = part("process.send({ type: 'ready' }); process.on('message', () => 0)", command);
  await supervised.start();
  const before = supervised.pid ?? 0;
  await rm(command);
  process.kill(before, "SIGKILL");
  await waitFor(() => said.some((line) => line.includes("cannot be started")), {
    what: "a try without the program",
  });
  await symlink(process.execPath, command);
  const after = await waitFor(() => supervised.pid, { what: "the part to be back", timeoutMs: 10_000 });
  expect(after).not.toBe(before);
});
