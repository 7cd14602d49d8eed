import { addCounts, noCounts, type Counts } from "./counts.ts";
import { addHistograms, encodeHistograms, noHistograms, type EncodedHistograms } from "./histograms.ts";
import type { MemorySeries } from "./process-memory.ts";

/** One second of a run, for the charts. */
export interface Second {
  readonly atSeconds: number;
  readonly sockets: number;
  readonly sent: number;
  readonly acked: number;
  readonly chunks: number;
  /** Of the sends that were acknowledged in this second; the worst generator's. */
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
}

/** What one run found. It is plain JSON, and results of several generators or machines can be joined. */
export interface Result {
  readonly scenario: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly counts: Counts;
  readonly histograms: EncodedHistograms;
  readonly series: readonly Second[];
  /** Of the processes that the run was told to watch. */
  readonly memory: readonly MemorySeries[];
  /** The first few wrong things, in words. */
  readonly examples: readonly string[];
}

export const maxExamples = 20;

/** Whether this has the parts of a result. It tells a result from another JSON file, and looks no deeper. */
export function isResult(value: unknown): value is Result {
  if (typeof value !== "object" || value === null) return false;
  const { counts, histograms, series, memory, examples } = value as Partial<Record<keyof Result, unknown>>;
  const lists = [series, memory, examples];
  return [counts, histograms].every((part) => part instanceof Object) && lists.every(Array.isArray);
}

/** What several generators, or several runs, found together. */
export function joinFindings(
  found: readonly Pick<Result, "counts" | "histograms" | "examples">[],
): Pick<Result, "counts" | "histograms" | "examples"> {
  const counts = noCounts();
  const histograms = noHistograms();
  for (const each of found) {
    addCounts(counts, each.counts);
    addHistograms(histograms, each.histograms);
  }
  const examples = found.flatMap((each) => each.examples).slice(0, maxExamples);
  return { counts, histograms: encodeHistograms(histograms), examples };
}

/** One result of several that ran at the same time. */
export function joinResults(results: readonly Result[]): Result {
  const [first] = results;
  if (!first) throw new Error("there is no result to join");
  const series = new Map<number, Second>();
  for (const result of results) {
    for (const second of result.series) {
      const before = series.get(second.atSeconds);
      series.set(second.atSeconds, before ? joinSeconds(before, second) : second);
    }
  }
  return {
    scenario: first.scenario,
    startedAt: results.map(({ startedAt }) => startedAt).toSorted()[0] ?? first.startedAt,
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
    ...joinFindings(results),
    series: [...series.values()].toSorted((left, right) => left.atSeconds - right.atSeconds),
    memory: results.flatMap(({ memory }) => memory),
  };
}

export function joinSeconds(left: Second, right: Second): Second {
  return {
    atSeconds: left.atSeconds,
    sockets: left.sockets + right.sockets,
    sent: left.sent + right.sent,
    acked: left.acked + right.acked,
    chunks: left.chunks + right.chunks,
    ackP50Ms: Math.max(left.ackP50Ms, right.ackP50Ms),
    ackP99Ms: Math.max(left.ackP99Ms, right.ackP99Ms),
  };
}
