import { expect, test } from "vitest";
import { RepeatedLines } from "../src/logging/repeated-lines.ts";

/** Which of the lines that come each `everyMs` are written, as the number of those that were left out before. */
function admitted(lines: RepeatedLines, clock: { nowMs: number }, count: number, everyMs: number): number[] {
  const found: number[] = [];
  for (let number = 0; number < count; number++) {
    const leftOut = lines.admit("the store is away");
    if (leftOut !== undefined) found.push(leftOut);
    clock.nowMs += everyMs;
  }
  return found;
}

function create(): { lines: RepeatedLines; clock: { nowMs: number } } {
  const clock = { nowMs: 0 };
  return { lines: new RepeatedLines(() => clock.nowMs), clock };
}

test("a few lines are written whole", () => {
  const { lines, clock } = create();
  expect(admitted(lines, clock, 10, 1)).toEqual(Array(10).fill(0));
});

test("a thousand lines in ten seconds are ten, and then one after ever longer pauses", () => {
  const { lines, clock } = create();
  const found = admitted(lines, clock, 1_000, 10);
  expect(found.length).toBeLessThan(15);
  expect(found.slice(0, 10)).toEqual(Array(10).fill(0));
  const sum = found.reduce((total, leftOut) => total + leftOut, 0);
  expect(sum).toBeGreaterThan(500);
});

test("a day of one failure each second is a line each minute", () => {
  const { lines, clock } = create();
  const found = admitted(lines, clock, 86_400, 1_000);
  expect(found.length).toBeLessThan(1_460);
  expect(found.at(-1)).toBeGreaterThan(55);
});

test("another message, and the same one after a quiet time, are written", () => {
  const { lines, clock } = create();
  admitted(lines, clock, 100, 1);
  expect(lines.admit("the broker is away")).toBe(0);
  clock.nowMs += 121_000;
  expect(lines.admit("the store is away")).toBe(0);
});
