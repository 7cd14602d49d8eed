import type { BenchPage } from "./bench-page.ts";
import { decimals, type Row } from "./report.ts";

/** An answer of a minute at 50 chunks per second, streamed in little more than a second. */
const answer = { chunks: 3_000, rate: 2_500, bytes: 16 };
const stops = 4;
const megabyte = 1_000_000;

/** Streams answers of a minute, one after another in one session, and measures the heap at the quarters. */
export async function measureMemory(page: BenchPage, minutes: number): Promise<Row[]> {
  const ask = async (): Promise<void> => {
    const { completed } = page;
    await page.beginAnswer(`/bench ${answer.chunks} ${answer.rate} ${answer.bytes}`);
    await page.until(() => page.completed > completed);
    // The end of the answer is rendered, too.
    await page.page.waitForTimeout(100);
  };
  // Code that is loaded and compiled once is no growth.
  await ask();
  await ask();
  const heaps = [await page.heapBytes()];
  const { frames } = page;
  for (let minute = 1; minute <= minutes; minute++) {
    await ask();
    if (minute % (minutes / stops) === 0) heaps.push(await page.heapBytes());
  }
  // Buffers with a bound, such as the lines for screen readers, are full by then.
  const grown = ((heaps.at(-1) ?? 0) - (heaps[stops / 2] ?? 0)) / (minutes / 2);
  const text = answer.chunks * answer.bytes;
  return [
    {
      what: `memory at 0, 25, 50, 75, 100% of ${minutes} minutes of streaming`,
      value: `${heaps.map((bytes) => decimals(bytes / megabyte)).join(", ")} MB (${(minutes * answer.chunks).toLocaleString("en")} chunks in ${page.frames - frames} frames)`,
    },
    {
      what: "memory, growth in the second half for an answer of a minute; of it its text",
      value: `${decimals(grown / 1_000)} kB; ${decimals(text / 1_000)} kB`,
    },
  ];
}
