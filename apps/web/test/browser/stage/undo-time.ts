import type { Page } from "playwright-core";

/** Longer than a deletion can be undone. */
const undoneMs = 10_000;

/** Runs `work` with a clock of the test's own, and moves the clock beyond the time in which a deletion can be undone. */
export async function passUndoTime(page: Page, work: () => Promise<void>): Promise<void> {
  await page.clock.install();
  await work();
  await page.clock.fastForward(undoneMs);
}
