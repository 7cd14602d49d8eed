import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "../../src/index.ts";

const family = "👨‍👩‍👧";

test.each([
  ["abc", 3, "abc"],
  ["abcd", 3, "abc"],
  [`ab${family}`, 4, "ab"],
  [`${"a".repeat(63)}👋`, 64, "a".repeat(63)],
  ["한국어", 2, "한국"],
  ["e\u0301e\u0301", 3, "e\u0301"],
  ["🇰🇷🇩🇪", 6, "🇰🇷"],
  ["می‌خواهم", 3, "می‌"],
  [`x${"\u0301".repeat(100)}`, 10, `x${"\u0301".repeat(9)}`],
  [`${family}${family}`, 3, "👨\u200D"],
  ["👋", 1, ""],
])("%j has in %i units the beginning %j", (text, length, beginning) => {
  expect(cutText(text, length)).toBe(beginning);
});

test("a beginning fits, is well-formed, and is whole characters where one fits", () => {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), fc.nat(40), (text, length) => {
      const cut = cutText(text, length);
      expect(cut.length).toBeLessThanOrEqual(length);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
      const fitting = [...segmenter.segment(text)].filter(
        ({ index, segment }) => index + segment.length <= length,
      );
      const whole = fitting.map(({ segment }) => segment).join("");
      expect(cut.startsWith(whole)).toBe(true);
      expect(whole === "" || cut === whole).toBe(true);
    }),
    { numRuns: 500 },
  );
});
