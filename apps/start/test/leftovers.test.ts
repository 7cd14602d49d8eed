import { ChildProgram } from "@natter/testing";
import { afterEach, describe, expect, test } from "vitest";
import { endLeftovers } from "../src/data-dir/leftovers.ts";
import type { RunEntry } from "../src/data-dir/run-file.ts";

const mark = `natter-test-${process.pid}`;
const here = { dataDir: "/data", natsConfigFile: `/data/${mark}.conf` };
const running: ChildProgram[] = [];
const killed = { code: null, signal: "SIGKILL" };

afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.kill()));
});

async function run(...args: readonly string[]): Promise<ChildProgram> {
  const script = "console.log('here'); setInterval(() => 0, 1000)";
  const program = ChildProgram.start({
    name: "leftover",
    args: ["-e", script, "--", ...args],
    env: process.env,
  });
  running.push(program);
  await program.untilPrinted(/here/);
  return program;
}

function entryOf(role: RunEntry["role"], { pid }: ChildProgram): RunEntry {
  return { role, pid, url: null, startedAt: new Date().toISOString() };
}

describe("leftovers of a start that was killed", () => {
  test("leftovers - processes end, also those that no run.json lists, and frozen ones", async () => {
    const parts = [await run(mark), await run("--name", mark)];
    await parts[1]?.freeze();
    expect(await endLeftovers({ mark, dataDir: "/data", processes: [] }, here)).toBe(2);
    expect(await Promise.all(parts.map(({ ended }) => ended))).toEqual([killed, killed]);
  });

  test("leftovers - a copied folder ends no process, because the original is in use", async () => {
    const part = await run(mark);
    const processes = [entryOf("gateway", part)];
    expect(await endLeftovers({ mark, dataDir: "/original", processes }, here)).toBe(0);
    expect(part.isRunning).toBe(true);
  });

  test("leftovers - a process that has got the pid of a former part goes on", async () => {
    const part = await run("another-start");
    const processes = [entryOf("nats", part), entryOf("gateway", part)];
    expect(await endLeftovers({ mark, dataDir: "/data", processes }, here)).toBe(0);
    expect(await endLeftovers({ processes }, here)).toBe(0);
    expect(part.isRunning).toBe(true);
  });

  test("leftovers - the broker of a version that wrote no mark ends, too", async () => {
    const part = await run("-c", here.natsConfigFile);
    expect(await endLeftovers({ processes: [entryOf("nats", part)] }, here)).toBe(1);
    expect(await part.ended).toEqual(killed);
  });
});
