import { setTimeout as sleep } from "node:timers/promises";
import type { Trace } from "@natter/testing";
import type { BenchPage, Costs } from "./bench-page.ts";
import { below, decimals, longestTask, type Row } from "./report.ts";

/** Markdown of every kind, longer than the measurement. */
export const longAnswer = "/rate 100 /markdown 100";

export interface Streaming {
  readonly messages: number;
  readonly chunks: number;
  readonly frames: number;
  readonly costs: Costs;
  readonly trace: Trace;
}

/** Streams one answer of 100 chunks per second into a session whose messages are all loaded. */
export async function streamAnswer(page: BenchPage, messages: number, seconds: number): Promise<Streaming> {
  await page.loadAll(messages);
  await page.beginAnswer(longAnswer);
  let seen: Pick<Streaming, "chunks" | "frames" | "costs"> | undefined;
  const trace = await page.traced(`streaming-${messages}`, async () => {
    const before = { words: page.words, frames: page.frames };
    const costs = await page.costsOf(async () => sleep(seconds * 1_000));
    seen = { chunks: page.words - before.words, frames: page.frames - before.frames, costs };
  });
  await page.stopAnswer();
  if (!seen) throw new Error("nothing was measured");
  return { messages, ...seen, trace };
}

export function describeStreaming(all: readonly Streaming[]): Row[] {
  const rows = all.flatMap(({ messages, chunks, frames, costs, trace }) => {
    const named = `streaming, ${messages.toLocaleString("en")} messages`;
    const { scriptMs, layoutMs, taskMs } = costs;
    return [
      {
        what: `${named}: script / layout / all, CPU ms a chunk`,
        value: `${[scriptMs, layoutMs, taskMs].map((ms) => decimals(ms / chunks, 2)).join(" / ")} (${chunks} chunks in ${frames} frames)`,
      },
      longestTask(named, trace.longestTask),
    ];
  });
  const [shortest, longest] = [all[0], all.at(-1)];
  if (!shortest || !longest || shortest === longest) return rows;
  const ratio = longest.costs.scriptMs / longest.chunks / (shortest.costs.scriptMs / shortest.chunks);
  const what = `streaming, script with ${longest.messages.toLocaleString("en")} messages : with ${shortest.messages}`;
  return [...rows, { what, value: decimals(ratio, 2), ...below(2, ratio) }];
}
