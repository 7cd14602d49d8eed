import { expect, test } from "vitest";
import { noCounts } from "../src/measuring/counts.ts";
import {
  addHistograms,
  encodeHistograms,
  noHistograms,
  percentileMs,
  recordMs,
} from "../src/measuring/histograms.ts";
import { growthPercent } from "../src/measuring/process-memory.ts";
import { joinResults, type Result } from "../src/measuring/result.ts";

function resultWith(ackMs: readonly number[], over: Partial<Result> = {}): Result {
  const histograms = noHistograms();
  for (const ms of ackMs) recordMs(histograms.ack, ms);
  const counts = { ...noCounts(), acked: ackMs.length };
  const rest = { seconds: 1, series: [], memory: [], examples: [] };
  return {
    scenario: "steady",
    startedAt: "2026-01-01",
    counts,
    histograms: encodeHistograms(histograms),
    ...rest,
    ...over,
  };
}

test("histograms - percentiles of two that are joined are those of all values, not means of percentiles", () => {
  const joined = joinResults([resultWith(Array.from({ length: 99 }, () => 1)), resultWith([1_000])]);
  const histograms = noHistograms();
  addHistograms(histograms, joined.histograms);
  expect(percentileMs(histograms.ack, 50)).toBeCloseTo(1, 1);
  expect(percentileMs(histograms.ack, 99)).toBeCloseTo(1, 1);
  expect(percentileMs(histograms.ack, 100)).toBeCloseTo(1_000, -1);
  expect(joined.counts.acked).toBe(100);
});

test("histograms - one without values has percentiles of 0, and a time of hours counts as an hour", () => {
  const histograms = noHistograms();
  expect(percentileMs(histograms.ack, 99)).toBe(0);
  recordMs(histograms.ack, 10 * 3_600_000);
  expect(percentileMs(histograms.ack, 99)).toBeCloseTo(3_600_000, -4);
});

test("series - the same second of two generators is one second, with the worst latency", () => {
  const second = { atSeconds: 1, sockets: 2, sent: 3, acked: 4, chunks: 5, ackP50Ms: 6, ackP99Ms: 7 };
  const joined = joinResults([
    resultWith([], { series: [second] }),
    resultWith([], { series: [{ ...second, ackP99Ms: 70 }] }),
  ]);
  expect(joined.series).toEqual([
    { atSeconds: 1, sockets: 4, sent: 6, acked: 8, chunks: 10, ackP50Ms: 6, ackP99Ms: 70 },
  ]);
});

test("memory - growth is that of the last quarter over the second one", () => {
  const leak = Array.from({ length: 40 }, (_, second) => 100 + (second < 10 ? 0 : second));
  expect(growthPercent([{ pid: 1, bytes: leak }])).toBeGreaterThan(15);
  const warm = Array.from({ length: 40 }, (_, second) => (second < 10 ? 10 * second : 100));
  expect(growthPercent([{ pid: 1, bytes: warm }])).toBe(0);
  expect(growthPercent([{ pid: 1, bytes: [1, 2] }])).toBeUndefined();
  expect(growthPercent([])).toBeUndefined();
});
