import type { RoundResult } from "./round.ts";

const columns = [10, 9, 11, 10, 10, 9, 9, 9] as const;

export const heading: string = row([
  "system",
  "sessions",
  "streaming",
  "chunks/s",
  "frames/s",
  "p50 ms",
  "p99 ms",
  "CPU ms",
]).concat("  CPU in ms for 1,000 chunks, by process");

export function describeRound(result: RoundResult): string {
  const { system, sessions, streaming, chunksPerSecond, frames, chunks, p50Ms, p99Ms, cpuMs } = result;
  const framesPerSecond = chunks === 0 ? 0 : (chunksPerSecond * frames) / chunks;
  const parts = [...cpuMs].map(([role, ms]) => `${role} ${ms.toFixed(1)}`).join(", ");
  const failed = result.failures > 0 ? `, ${result.failures} sockets FAILED` : "";
  return row([
    system,
    String(sessions),
    String(streaming),
    chunksPerSecond.toFixed(0),
    framesPerSecond.toFixed(0),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    totalCpuMs(result).toFixed(1),
  ]).concat(`  ${parts}${failed}`);
}

/** What natter costs beside the baseline of the same round. */
export function describeRatios(natter: RoundResult, bare: RoundResult): string {
  const ratio = (of: (result: RoundResult) => number): string => `${(of(natter) / of(bare)).toFixed(2)}x`;
  return `${row([
    "ratio",
    String(natter.sessions),
    "",
    ratio(({ chunksPerSecond }) => chunksPerSecond),
    "",
    ratio(({ p50Ms }) => p50Ms),
    ratio(({ p99Ms }) => p99Ms),
    ratio(totalCpuMs),
  ])}\n`;
}

function totalCpuMs({ cpuMs }: RoundResult): number {
  return [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0);
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[index] ?? 0)))
    .join(" ");
}
