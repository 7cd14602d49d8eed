import type { Page } from "playwright-core";

/** Frames without a movement after which the page is at rest. */
const calmFrames = 10;

/**
 * Resolves once the page is at rest: no transition runs, and for some frames the list of messages has neither moved
 * nor grown.
 */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async (frames) => {
    const list = document.querySelector('[data-testid="messages"]');
    const place = (): string => {
      const rows = [...(list?.querySelectorAll("[data-index]") ?? [])];
      return JSON.stringify([list?.scrollTop, list?.scrollHeight, rows.map((row) => row.clientHeight)]);
    };
    for (let calm = 0, before = ""; calm < frames; calm++) {
      await new Promise(requestAnimationFrame);
      const now = place();
      const isMoving = document
        .getAnimations()
        .some(
          ({ effect, playState }) =>
            playState === "running" && effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY,
        );
      if (now !== before || isMoving) calm = 0;
      before = now;
    }
  }, calmFrames);
}
