import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@natter/nats-server";
import { ChildProgram, testBinary, waitFor } from "@natter/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Run } from "../src/data-dir/run-file.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const endMs = 60_000;
let dataDir: string;
const begun: ChildProgram[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "natter-at-once-"));
  const { path } = await testBinary();
  await mkdir(join(dataDir, "cache"));
  await cp(path, join(dataDir, "cache", basename(path)));
});
afterEach(async () => {
  await Promise.all(begun.splice(0).map((start) => start.stop()));
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

function begin(port: number): ChildProgram {
  const env = { ...process.env, NATTER_DATA_DIR: dataDir, PORT: String(port) };
  const start = ChildProgram.start({ name: "start", args: [main], env });
  begun.push(start);
  return start;
}

async function readRun(): Promise<Run> {
  return JSON.parse(await readFile(join(dataDir, "run.json"), "utf8")) as Run;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("pnpm start - of four starts at the same moment on one data directory one runs, and three say why they do not", async () => {
  const starts = Array.from({ length: 4 }, () => begin(0));
  await waitFor(() => starts.filter(({ isRunning }) => !isRunning).length === 3, {
    what: "the ends of three starts",
    timeoutMs: endMs,
  });
  const losers = starts.filter(({ isRunning }) => !isRunning);
  await starts.find(({ isRunning }) => isRunning)?.untilPrinted(/natter is ready/);
  for (const { ended } of losers) expect(await ended).toEqual({ code: 1, signal: null });
  for (const { errorOutput } of losers) expect(errorOutput).toMatch(/^natter runs already on .*\n$/);
});

test("pnpm start - a port that is taken after the start has looked ends it with one line and leaves no process", async () => {
  const port = await freePort();
  const start = begin(port);
  await start.untilPrinted(/nats-server 2/);
  const { processes } = await readRun();
  const foreign = createServer();
  await new Promise<void>((resolve) => foreign.listen(port, "127.0.0.1", resolve));
  expect(await start.ended).toEqual({ code: 1, signal: null });
  foreign.close();
  expect(start.errorOutput).toBe(`port ${port} is taken: set PORT to a free one\n`);
  expect(start.output).toContain("persistence");
  expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  await expect(readRun()).rejects.toThrow("ENOENT");
});

test("pnpm start - a start that is killed as soon as its broker runs leaves a folder that the next one can use", async () => {
  const first = begin(0);
  await first.untilPrinted(/Starting JetStream/);
  await first.kill();
  const next = begin(0);
  await next.untilPrinted(/natter is ready/);
  expect(next.output).toMatch(/ended \d+ process(es)? that an earlier start had left behind/);
});
