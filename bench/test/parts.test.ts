import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { cpuTimeMs, cpuTimeOf } from "../backbone/cpu-time.ts";
import { readOptions } from "../backbone/options.ts";
import { describeRatios, describeRound } from "../backbone/report.ts";
import type { RoundResult } from "../backbone/round.ts";
import { stampedPrompt, stampsOf, tokenBytes } from "../backbone/load/stamped-chunks.ts";

const stat =
  "4242 (a (odd) name) S 1 4242 4242 0 -1 4194560 9 0 0 0 150 25 7 8 20 0 11 0 100 1 2 18446744073709551615";

test("CPU time is what the kernel counted in user and system mode, whatever the process is called", () => {
  expect(cpuTimeOf(stat)).toBe(1_750);
  expect(() => cpuTimeOf("nonsense")).toThrow("no line of /proc");
});

test.runIf(process.platform === "linux")("CPU time of a process grows with its work", async () => {
  const before = await cpuTimeMs(process.pid);
  while ((await cpuTimeMs(process.pid)) <= before) await readFile("/proc/self/stat");
  expect(await cpuTimeMs(process.pid)).toBeGreaterThan(before);
});

function token(stamp: number): string {
  return `${stamp} `.padEnd(tokenBytes, "x");
}

test("every token of a chunk is counted with its own time, also when several were joined", () => {
  expect(stampsOf(token(12_345_678_901))).toEqual([12_345_678_901]);
  expect(stampsOf(token(5) + token(6) + token(7))).toEqual([5, 6, 7]);
  expect(() => stampsOf("hello")).toThrow("no token");
  expect(() => stampsOf(token(5).slice(1) + token(6))).toThrow("no token");
  expect(stampedPrompt({ chunks: 10, rate: 50 })).toBe(`/bench 10 50 ${tokenBytes}`);
});

test("options are numbers, and a mistake is named", () => {
  expect(readOptions([])).toEqual({ sessions: [1, 50, 500, 2_000], seconds: 8, rate: 50 });
  expect(readOptions(["--sessions", "2,3", "--seconds", "1"]).sessions).toEqual([2, 3]);
  expect(() => readOptions(["--rate", "fast"])).toThrow('--rate: "fast" is not a positive number');
  expect(() => readOptions(["--rote", "1"])).toThrow("--rote");
});

test("a report says what was measured, and natter's cost as a multiple of the baseline's", () => {
  const bare: RoundResult = {
    system: "bare ws",
    sessions: 50,
    streaming: 50,
    failures: 0,
    frames: 2_000,
    chunks: 2_000,
    p50Ms: 2,
    p99Ms: 10,
    chunksPerSecond: 1_000,
    cpuMs: new Map([["server", 40]]),
  };
  const natter: RoundResult = {
    ...bare,
    system: "natter",
    frames: 1_000,
    failures: 3,
    p50Ms: 3,
    p99Ms: 5,
    chunksPerSecond: 990,
    cpuMs: new Map([
      ["gateway", 20],
      ["llm-worker", 40],
    ]),
  };
  expect(describeRound(bare).replaceAll(/ +/g, " ")).toBe(
    "bare ws 50 50 1000 1000 2.0 10.0 40.0 server 40.0",
  );
  expect(describeRound(natter).replaceAll(/ +/g, " ")).toBe(
    "natter 50 50 990 495 3.0 5.0 60.0 gateway 20.0, llm-worker 40.0, 3 sockets FAILED",
  );
  expect(describeRatios(natter, bare).trim().replaceAll(/ +/g, " ")).toBe("ratio 50 0.99x 1.50x 0.50x 1.50x");
});
