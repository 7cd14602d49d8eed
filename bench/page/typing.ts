import type { BenchPage } from "./bench-page.ts";
import { below, decimals, longestTask, percentile, type Row } from "./report.ts";
import { longAnswer } from "./streaming.ts";

const keyMs = 80;
/** The browser reports no event that took less. */
const shortestMs = 16;

/** Types into the composer while an answer streams, and measures the time from each key to the next frame. */
export async function measureTyping(page: BenchPage, keys: number): Promise<Row[]> {
  await page.beginAnswer(longAnswer);
  await page.page.locator("#composer textarea").focus();
  let durations: readonly number[] = [];
  const trace = await page.traced("typing", async () => {
    const collected = page.page.evaluate(collectKeys, { ms: keys * keyMs * 1.5 + 1_000, shortestMs });
    for (let key = 0; key < keys; key++)
      await page.page.keyboard.type("natter "[key % 7] ?? " ", { delay: keyMs });
    durations = await collected;
  });
  await page.stopAnswer();
  // Keys that the browser did not report took less than the shortest.
  const all = [
    ...durations,
    ...Array.from({ length: Math.max(0, keys - durations.length) }, () => shortestMs),
  ];
  const p98 = percentile(all, 0.98);
  return [
    { what: "typing while an answer streams: p50", value: `≤ ${decimals(percentile(all, 0.5), 0)} ms` },
    {
      what: "typing while an answer streams: p98",
      value: `≤ ${decimals(p98, 0)} ms (${keys} keys)`,
      ...below(200, p98, " ms"),
    },
    longestTask("typing while an answer streams", trace.longestTask),
  ];
}

/** Runs in the page. Returns the longest event of each key, in ms. */
async function collectKeys({
  ms,
  shortestMs: durationThreshold,
}: {
  ms: number;
  shortestMs: number;
}): Promise<number[]> {
  const byKey = new Map<number, number>();
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceEventTiming[]) {
      const { interactionId } = entry;
      if (interactionId > 0)
        byKey.set(interactionId, Math.max(byKey.get(interactionId) ?? 0, entry.duration));
    }
  });
  observer.observe({ type: "event", durationThreshold } as PerformanceObserverInit);
  await new Promise((resolve) => setTimeout(resolve, ms));
  observer.disconnect();
  return [...byKey.values()];
}
