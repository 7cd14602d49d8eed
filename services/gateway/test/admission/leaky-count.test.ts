import { limits, timings } from "@natter/protocol";
import { expect, test } from "vitest";
import { LeakyCount } from "../../src/admission/leaky-count.ts";

test("malformed frames - never add up if they are as seldom as they are forgotten", () => {
  const count = new LeakyCount(timings.malformedForgetMs);
  for (let n = 0; n < 1_000; n++)
    expect(count.add(n * timings.malformedForgetMs)).toBeLessThan(limits.malformedFrames);
});

test("malformed frames - are too many one by one if they are a little more frequent", () => {
  const count = new LeakyCount(timings.malformedForgetMs);
  const counts = Array.from({ length: 400 }, (_, n) => count.add(n * 0.9 * timings.malformedForgetMs));
  expect(Math.max(...counts)).toBeGreaterThanOrEqual(limits.malformedFrames);
});

test("malformed frames - are counted to the bound at once if they come at once", () => {
  const count = new LeakyCount(timings.malformedForgetMs);
  const counts = Array.from({ length: limits.malformedFrames }, (_, n) => count.add(n));
  expect(counts.at(-2)).toBe(limits.malformedFrames - 1);
  expect(counts.at(-1)).toBe(limits.malformedFrames);
});
