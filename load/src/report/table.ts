import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { countNames, type CountName } from "../measuring/counts.ts";
import { histogramNames, percentileMs, type HistogramName } from "../measuring/histograms.ts";
import { growthPercent } from "../measuring/process-memory.ts";
import type { Result } from "../measuring/result.ts";

export const percentiles = [50, 90, 99, 99.9, 100] as const;

/** The result for people. */
export function tableOf(result: Result, missed: readonly string[]): string {
  const counts = (Object.keys(countNames) as CountName[]).map(
    (name) => `${name.padEnd(12)} ${String(result.counts[name]).padStart(10)}   ${countNames[name]}`,
  );
  return [
    `${result.scenario}, ${result.seconds.toFixed(0)} s`,
    "",
    `${"ms".padEnd(12)} ${percentiles.map((percent) => headOf(percent).padStart(10)).join("")} ${"values".padStart(10)}`,
    ...latencyRows(result).map(
      ({ name, values, count }) =>
        `${name.padEnd(12)} ${values.map((value) => value.toFixed(1).padStart(10)).join("")} ${String(count).padStart(10)}`,
    ),
    "",
    ...counts,
    ...memoryLines(result),
    "",
    ...result.examples.map((example) => `  ${example}`),
    missed.length === 0 ? "all thresholds were kept" : `missed: ${missed.join("; ")}`,
  ].join("\n");
}

export interface LatencyRow {
  readonly name: HistogramName;
  readonly meaning: string;
  /** Milliseconds at each of `percentiles`. */
  readonly values: readonly number[];
  readonly count: number;
}

export function latencyRows(result: Result): LatencyRow[] {
  return (Object.keys(histogramNames) as HistogramName[]).map((name) => {
    const histogram = decodeFromCompressedBase64(result.histograms[name]);
    const values = percentiles.map((percent) => percentileMs(histogram, percent));
    return { name, meaning: histogramNames[name], values, count: histogram.totalCount };
  });
}

export function headOf(percent: number): string {
  return percent === 100 ? "max" : `p${percent}`;
}

/** What the watched processes had at the beginning and at the end, and what one socket cost. */
function memoryLines({ memory, series }: Result): string[] {
  if (memory.length === 0) return [];
  const sockets = Math.max(...series.map((second) => second.sockets), 0);
  const lines = memory.map(({ pid, bytes }) => {
    const [first = 0, last = 0] = [bytes[0], bytes.at(-1)];
    const each =
      sockets === 0
        ? ""
        : `, ${((last - first) / 1_024 / sockets).toFixed(1)} KB for each of ${sockets} sockets`;
    return `process ${pid}: ${megabytes(first)} to ${megabytes(last)}${each}`;
  });
  const growth = growthPercent(memory);
  return [
    "",
    ...lines,
    ...(growth === undefined ? [] : [`growth from the second quarter to the last: ${growth.toFixed(1)} %`]),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
