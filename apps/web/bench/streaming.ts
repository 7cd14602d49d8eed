import { setTimeout as sleep } from "node:timers/promises";
import type { BenchPage, Costs } from "./bench-page.ts";
import { below, decimals, type Row } from "./report.ts";
import type { Trace } from "./trace.ts";

/** Markdown of every kind, more than is measured. */
export const longAnswer = "/rate 100 /markdown 100";

export interface Streaming {
  readonly messages: number;
  readonly chunks: number;
  readonly frames: number;
  readonly costs: Costs;
  readonly trace: Trace;
}

/** One answer of 100 chunks a second, in a session all of whose messages are loaded. */
export async function streamAnswer(page: BenchPage, messages: number, seconds: number): Promise<Streaming> {
  await page.loadAll(messages);
  await page.beginAnswer(longAnswer);
  const before = { chunks: page.words, frames: page.frames };
  let costs: Costs | undefined;
  const trace = await page.traced(`streaming-${messages}`, async () => {
    costs = await page.costsOf(async () => sleep(seconds * 1_000));
  });
  const seen = { chunks: page.words - before.chunks, frames: page.frames - before.frames };
  await page.stopAnswer();
  if (!costs) throw new Error("nothing was measured");
  return { messages, ...seen, costs, trace };
}

export function describeStreaming(all: readonly Streaming[]): Row[] {
  const rows = all.map(({ messages, chunks, frames, costs, trace }) => ({
    what: `streaming, ${messages.toLocaleString("en")} messages: script / layout / all, CPU ms a chunk; longest task`,
    value: `${[costs.scriptMs, costs.layoutMs, costs.taskMs].map((ms) => decimals(ms / chunks, 2)).join(" / ")}; ${decimals(trace.longestTaskMs, 0)} ms (${chunks} chunks in ${frames} frames)`,
    ...below(50, trace.longestTaskMs, " ms"),
  }));
  const [least, most] = [all[0], all.at(-1)];
  if (!least || !most || least === most) return rows;
  const ratio = most.costs.scriptMs / most.chunks / (least.costs.scriptMs / least.chunks);
  const what = `streaming, script with ${most.messages.toLocaleString("en")} messages : with ${least.messages}`;
  return [...rows, { what, value: decimals(ratio, 2), ...below(2, ratio) }];
}
