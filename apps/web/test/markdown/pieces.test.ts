import { array, assert, constantFrom, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { bounds } from "../../src/markdown/budget/bounds.ts";
import { cutPieces, microsOfText } from "../../src/markdown/budget/pieces.ts";

const runs = array(
  constantFrom("a", " ", "\n", "가", "👩\u200D", "\u0301", "\uD83D\uDE00", "漢", "ม", "\u202E").chain(
    (unit) => nat(3_000).map((count) => unit.repeat(count)),
  ),
  { maxLength: 6 },
).map((parts) => parts.join(""));

function micros(unit: string, count = 1_000): number {
  return microsOfText(unit.repeat(count));
}

test("pieces - joined pieces are the text, and each fits into one task", () => {
  assert(
    property(runs, (text) => {
      const pieces = cutPieces(text);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      for (const piece of pieces) {
        expect(piece.micros).toBeLessThanOrEqual(bounds.pieceMicros + 100);
        expect(piece.text.length).toBeLessThanOrEqual(bounds.pieceCharacters);
      }
    }),
  );
});

test("pieces - more text changes only the last piece", () => {
  assert(
    property(runs, nat(20_000), (text, at) => {
      const before = cutPieces(text.slice(0, at)).slice(0, -1);
      expect(cutPieces(text).slice(0, before.length)).toEqual(before);
    }),
  );
});

test("pieces - a piece ends at a line end, else at a blank, never within a surrogate pair", () => {
  const lines = cutPieces(`${"a ".repeat(1_500)}\n`.repeat(3));
  expect(lines.map(({ text }) => text.length)).toEqual([3_001, 3_001, 3_001]);
  for (const { text } of cutPieces("words and words ".repeat(2_000)).slice(0, -1))
    expect(text.endsWith(" ")).toBe(true);
  for (const before of ["", "a", "ab"])
    for (const { text } of cutPieces(before + "\u{20000}".repeat(3_000)))
      expect(text.isWellFormed()).toBe(true);
});

test("pieces - a text without blanks costs more than one with blanks", () => {
  for (const unit of ["A", "AV", "/+", "1."]) expect(micros(unit)).toBeGreaterThan(5 * micros(`${unit} `));
  expect(micros("A", 60)).toBe(60 * micros("A", 1));
});

test("pieces - rarer letters and longer runs of marks cost more", () => {
  expect(micros("a", 60)).toBeLessThan(micros("가", 60));
  expect(micros("가", 60)).toBeLessThan(micros("\uA840", 60));
  expect(micros("\u0301", 2_000)).toBeGreaterThan(3 * micros("\u0301"));
});
