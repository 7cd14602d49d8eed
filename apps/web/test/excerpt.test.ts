import { expect, test } from "vitest";
import { excerptOf } from "../src/sidebar/excerpt.ts";

const whole = ["👨‍👩‍👧‍👦", "👍🏽", "🇰🇷", "한", "e\u0301", "x"];

test.each(whole)("excerpt - it begins and ends between characters: %s", (character) => {
  // Each number of units before the word: one of them would cut within the character.
  for (let shift = 0; shift < 2 * character.length; shift++) {
    const run = character.repeat(60);
    const { before, found, after } = excerptOf(
      `${run}${"a".repeat(shift)} needle ${"a".repeat(shift)}${run}`,
      "needle",
    );
    expect(found).toBe("needle");
    expect(before.replaceAll(character, "")).toBe(`…${"a".repeat(shift)} `);
    expect(after.replaceAll(character, "")).toBe(` ${"a".repeat(shift)}`);
    expect(before.length).toBeLessThanOrEqual(41);
    expect(after.length).toBeLessThanOrEqual(80);
  }
});

test("excerpt - it has 40 units before the word and 80 after it, and marks a cut at its beginning", () => {
  expect(excerptOf(`${"a".repeat(40)}needle${"b".repeat(80)}`, "needle")).toEqual({
    before: "a".repeat(40),
    found: "needle",
    after: "b".repeat(80),
  });
  expect(excerptOf(`${"a".repeat(41)}needle${"b".repeat(81)}`, "needle")).toEqual({
    before: `…${"a".repeat(40)}`,
    found: "needle",
    after: "b".repeat(80),
  });
});

test("excerpt - it has 200 units where the word is not found, or is one character of thousands", () => {
  expect(excerptOf("a".repeat(200), "needle").before).toHaveLength(200);
  expect(excerptOf("a".repeat(500_000), "needle")).toEqual({ before: "a".repeat(200), found: "", after: "" });
  const { before, found, after } = excerptOf(`${"a\u0301".repeat(50)}n${"\u0301".repeat(100_000)}`, "\u0144");
  expect(found).toHaveLength(200);
  expect(before.length + after.length).toBeLessThanOrEqual(121);
});
