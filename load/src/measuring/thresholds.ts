import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import type { CountName } from "./counts.ts";
import { percentileMs } from "./histograms.ts";
import { growthPercent } from "./process-memory.ts";
import type { Result } from "./result.ts";

/** What a run must keep to. A limit of a latency is only checked if somebody gave it: machines differ. */
export interface Thresholds {
  readonly maxConnectP99Ms: number | undefined;
  readonly maxReconnectP99Ms: number | undefined;
  readonly maxAckP99Ms: number | undefined;
  readonly maxFirstP99Ms: number | undefined;
  readonly maxReplyP99Ms: number | undefined;
  readonly maxGrowthPercent: number | undefined;
  /** Whether a reply may begin anew at another worker. */
  readonly mayRestart: boolean;
}

/** None of these may happen, whatever is killed meanwhile. */
const never: readonly CountName[] = [
  "unopened",
  "refused",
  "unacked",
  "unanswered",
  "cut",
  "lost",
  "duplicated",
  "reordered",
  "holes",
  "unequal",
];

/** The thresholds that the result missed, in words. */
export function missedThresholds(result: Result, thresholds: Thresholds): string[] {
  const forbidden = thresholds.mayRestart ? never : ([...never, "restarted"] as const);
  const wrong = forbidden
    .filter((name) => result.counts[name] > 0)
    .map((name) => `${name}: ${result.counts[name]}, at most 0`);
  const latencies = [
    ["connect", thresholds.maxConnectP99Ms],
    ["reconnect", thresholds.maxReconnectP99Ms],
    ["ack", thresholds.maxAckP99Ms],
    ["first", thresholds.maxFirstP99Ms],
    ["reply", thresholds.maxReplyP99Ms],
  ] as const;
  const slow = latencies.flatMap(([name, maxMs]) => {
    if (maxMs === undefined) return [];
    const histogram = decodeFromCompressedBase64(result.histograms[name]);
    // Without a value the percentile is 0, which would keep every limit.
    if (histogram.totalCount === 0) return [`${name} p99: no value, at most ${maxMs} ms`];
    const p99Ms = percentileMs(histogram, 99);
    return p99Ms <= maxMs ? [] : [`${name} p99: ${p99Ms.toFixed(1)} ms, at most ${maxMs} ms`];
  });
  return [...wrong, ...slow, ...missedStorm(result), ...missedGrowth(result, thresholds)];
}

/** A storm in which every socket stayed open shows nothing: the command killed a gateway without sockets, or none. */
function missedStorm({ scenario, counts }: Result): string[] {
  return scenario === "reconnect-storm" && counts.closed === 0
    ? ["closed: 0, at least 1; --during killed no gateway that had a socket"]
    : [];
}

function missedGrowth(result: Result, { maxGrowthPercent }: Thresholds): string[] {
  if (maxGrowthPercent === undefined) return [];
  const growth = growthPercent(result.memory);
  if (growth === undefined) return ["memory: too few values; give --pids and a longer --duration-seconds"];
  return growth <= maxGrowthPercent
    ? []
    : [`memory: grew by ${growth.toFixed(1)} %, at most ${maxGrowthPercent} %`];
}
