import { describe, expect, test } from "vitest";
import { cleanLine, cleanLines } from "../../src/index.ts";

const turned = "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u206A\u206F";

describe("a line", () => {
  test.each([
    ["Trips \u202Eknil\u202C \u0000x", "Trips knil x"],
    ["one\ntwo\r\nthree\u2028four\u2029five\u0085six\vseven", "one two three four five six seven"],
    ["\u001B[31mred\u001B[0m \u0007\u009B", "[31mred [0m"],
    [`a${turned}b`, "ab"],
    ["a\uFFF9b\uFFFBc", "a b c"],
    ["  a \t b  ", "a b"],
    ["\n\u0000", ""],
    ["👨‍👩‍👧 می‌خواهم 한국어 é", "👨‍👩‍👧 می‌خواهم 한국어 é"],
  ])("of %j is %j", (text, clean) => {
    expect(cleanLine(text)).toBe(clean);
    expect(cleanLine(clean)).toBe(clean);
  });
});

describe("lines", () => {
  test.each([
    ["Be brief.\n\n\t- No lists.", "Be brief.\n\n\t- No lists."],
    ["one\r\ntwo\rthree\u2028four\u2029five\u0085six", "one\ntwo\nthree\nfour\nfive\nsix"],
    ["a\u0000b\u001B[31m\u007F\u009B\bc", "ab[31mc"],
    [`a${turned}b`, "ab"],
    ["a\uFFF9b", "ab"],
    ["👨‍👩‍👧 می‌خواهم", "👨‍👩‍👧 می‌خواهم"],
  ])("of %j are %j", (text, clean) => {
    expect(cleanLines(text)).toBe(clean);
    expect(cleanLines(clean)).toBe(clean);
  });
});
