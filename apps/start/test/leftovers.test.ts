import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { endLeftovers } from "../src/leftovers.ts";
import type { RunEntry } from "../src/run-file.ts";

const mark = `natter-test-${process.pid}`;
const here = { dataDir: "/data", natsConfigFile: `/data/${mark}.conf` };
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

async function run(...args: readonly string[]): Promise<ChildProcess> {
  const script = "console.log('here'); setInterval(() => 0, 1000)";
  const child = spawn(process.execPath, ["-e", script, "--", ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  running.push(child);
  if (child.stdout) await once(child.stdout, "data");
  return child;
}

function entryOf(role: RunEntry["role"], { pid }: ChildProcess): RunEntry {
  return { role, pid: pid ?? 0, url: null, startedAt: new Date().toISOString() };
}

describe("what a start that was killed has left behind", () => {
  test("ends, also what it had no time to write down, and what is frozen", async () => {
    const parts = [await run(mark), await run("--name", mark)];
    parts[1]?.kill("SIGSTOP");
    const ends = Promise.all(parts.map(async (each) => once(each, "exit")));
    expect(await endLeftovers({ mark, dataDir: "/data", processes: [] }, here)).toBe(2);
    expect(await ends).toEqual([
      [null, "SIGKILL"],
      [null, "SIGKILL"],
    ]);
  });

  test("is left alone where the folder is a copy, because the original is in use", async () => {
    const part = await run(mark);
    const processes = [entryOf("gateway", part)];
    expect(await endLeftovers({ mark, dataDir: "/original", processes }, here)).toBe(0);
    expect(part.exitCode ?? part.signalCode).toBe(null);
  });

  test("is not a process that has got the pid of one since", async () => {
    const part = await run("another-start");
    const processes = [entryOf("nats", part), entryOf("gateway", part)];
    expect(await endLeftovers({ mark, dataDir: "/data", processes }, here)).toBe(0);
    expect(await endLeftovers({ processes }, here)).toBe(0);
  });

  test("is also the broker of a version that wrote no mark", async () => {
    const part = await run("-c", here.natsConfigFile);
    const ended = once(part, "exit");
    expect(await endLeftovers({ processes: [entryOf("nats", part)] }, here)).toBe(1);
    expect(await ended).toEqual([null, "SIGKILL"]);
  });
});
