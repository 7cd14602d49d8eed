import { expect, test } from "vitest";
import { percentileOf } from "../src/load/probe.ts";

test.each([
  [[], 0.99, Number.POSITIVE_INFINITY],
  [[7], 0.5, 7],
  [[3, 1, 2], 0.5, 2],
  [[3, 1, 2], 1, 3],
  [Array.from({ length: 200 }, (_, index) => index + 1), 0.99, 198],
])("the percentile of %j at %d is %d", (values, share, expected) => {
  expect(percentileOf(values, share)).toBe(expected);
});
