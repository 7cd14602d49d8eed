import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@natter/nats-server";
import { testBinary, waitFor } from "@natter/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Run } from "../src/run-file.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const readyMs = 60_000;
let dataDir: string;
const begun: Begun[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "natter-at-once-"));
  const { path } = await testBinary();
  await mkdir(join(dataDir, "cache"));
  await cp(path, join(dataDir, "cache", basename(path)));
});
afterEach(async () => {
  for (const { child } of begun) child.kill("SIGTERM");
  await Promise.all(begun.splice(0).map(async ({ end }) => end));
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

/** A start that runs. */
class Begun {
  readonly child: ChildProcess;
  /** The exit code. */
  readonly end: Promise<number | null>;
  output = "";
  complaint = "";

  constructor(env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [main], {
      env: { ...process.env, NATTER_DATA_DIR: dataDir, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (data: Buffer) => (this.output += data.toString()));
    this.child.stderr?.on("data", (data: Buffer) => (this.complaint += data.toString()));
    this.end = new Promise((resolve) => this.child.once("close", resolve));
    begun.push(this);
  }

  async says(what: string): Promise<void> {
    await waitFor(() => this.output.includes(what), { what, timeoutMs: readyMs });
  }
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

test("of four starts at the same moment on one data directory one runs, and three say why they do not", async () => {
  const starts = Array.from({ length: 4 }, () => new Begun({ PORT: "0" }));
  const codes: (number | null)[] = [];
  for (const { end } of starts) void end.then((code) => codes.push(code));
  await waitFor(() => codes.length === 3, { what: "three to end", timeoutMs: readyMs });
  expect(codes).toEqual([1, 1, 1]);
  const winner = starts.find(({ child }) => child.exitCode === null);
  await winner?.says("natter is ready");
  for (const start of starts.filter((each) => each !== winner))
    expect(start.complaint).toMatch(/^natter runs already on .*\n$/);
});

test("a start whose port is taken after it has looked says so in one line and leaves no process", async () => {
  const port = await freePort();
  const start = new Begun({ PORT: String(port) });
  await start.says("nats-server 2");
  const { processes } = await readRun();
  const foreign = createServer();
  await new Promise<void>((resolve) => foreign.listen(port, "127.0.0.1", resolve));
  expect(await start.end).toBe(1);
  foreign.close();
  expect(start.complaint).toBe(`port ${port} is taken: set PORT to a free one\n`);
  expect(start.output).toContain("persistence");
  expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  await expect(readRun()).rejects.toThrow("ENOENT");
});

test("a start that is killed as soon as its broker runs leaves a folder that the next one can use", async () => {
  const first = new Begun({ PORT: "0" });
  await first.says("Starting JetStream");
  first.child.kill("SIGKILL");
  const next = new Begun({ PORT: "0" });
  await next.says("natter is ready");
  expect(next.output).toMatch(/ended \d+ process(es)? that an earlier start had left behind/);
});
