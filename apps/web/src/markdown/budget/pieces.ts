/**
 * Estimates how much work a text is for a browser, and cuts it into small pieces. Measured in Chromium: a
 * known letter takes a fraction of a microsecond. The first letter of a script takes up to 40, because the
 * browser searches for a font. A run of combining marks takes the square of its length. A long run without a
 * blank takes more, too: where its letters kern, the browser shapes each of its lines again.
 */
import { bounds } from "./bounds.ts";

export interface Piece {
  readonly text: string;
  readonly micros: number;
}

const newline = 10;
const blank = 32;

/** Microseconds for a UTF-16 unit below `before`. */
const costs: readonly (readonly [before: number, micros: number])[] = [
  [0x0250, 0.3],
  [0x0300, 8],
  [0x0370, 4],
  [0x0780, 2],
  [0x0900, 20],
  [0x0e80, 4],
  [0x1100, 20],
  [0x1200, 2],
  [0x2000, 20],
  [0x2070, 2],
  [0x2800, 8],
  [0x3000, 20],
  [0x3200, 3],
  [0x4e00, 20],
  [0xa000, 3],
  [0xac00, 20],
  [0xd7a4, 3],
  [0xd83c, 25],
  [0xd83f, 6],
  [0xdc00, 25],
  [0xe000, 6],
  [0xfe30, 8],
  [0xff00, 20],
  [0xfff0, 3],
];
/** One entry for 16 units. A table is faster than a search, and every text is measured with it. */
const microsOf = Float32Array.from({ length: 4_096 }, (_, index) => rangeCost(index * 16));

function rangeCost(unit: number): number {
  return costs.find(([before]) => unit < before)?.[1] ?? 20;
}

/** Whether a unit belongs to the character before it: marks, joiners and selectors. */
function isAttached(unit: number): boolean {
  return (
    (unit >= 0x0300 && unit < 0x0370) ||
    unit === 0x200d ||
    (unit >= 0x1ab0 && unit < 0x1b00) ||
    (unit >= 0x1dc0 && unit < 0x1e00) ||
    (unit >= 0x20d0 && unit < 0x2100) ||
    (unit >= 0xfe00 && unit < 0xfe30)
  );
}

/** A run that fits into one line is shaped once. */
const unbrokenInLine = 80;
const microsOfUnbroken = 4;
/** Characters from here on do not kern, or are as expensive anyway. */
const endOfKerning = 0x2000;

/** Counts unit by unit, because each mark of a run costs more than the one before. */
class Meter {
  micros = 0;
  #attached = 0;
  #unbroken = 0;

  add(unit: number): void {
    this.#unbroken = unit <= blank ? 0 : this.#unbroken + 1;
    if (unit === newline) this.micros += 2;
    else this.micros += microsOf[unit >> 4] ?? 20;
    if (this.#unbroken > unbrokenInLine && unit < endOfKerning) this.micros += microsOfUnbroken;
    if (!isAttached(unit)) this.#attached = 0;
    else this.micros += ++this.#attached / 50;
  }
}

export function microsOfText(text: string): number {
  const meter = new Meter();
  for (let index = 0; index < text.length; index++) meter.add(text.charCodeAt(index));
  return meter.micros;
}

/**
 * The text in pieces. A piece ends where a line ends if possible, else at a blank, else between characters.
 * Joined, the pieces are the text. More text at the end changes only the last piece.
 */
export function cutPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let lineEnd = 0;
  let meter = new Meter();
  for (let index = 0; index < text.length; index++) {
    meter.add(text.charCodeAt(index));
    if (text.charCodeAt(index) === newline) lineEnd = index + 1;
    const isFull = meter.micros >= bounds.pieceMicros || index + 1 - start >= bounds.pieceCharacters;
    if (!isFull || index + 1 === text.length) continue;
    const end = lineEnd > start ? lineEnd : cutInLine(text, start, index + 1);
    pieces.push(pieceOf(text.slice(start, end)));
    start = end;
    index = end - 1;
    meter = new Meter();
  }
  if (start < text.length) pieces.push(pieceOf(text.slice(start)));
  return pieces;
}

function pieceOf(text: string): Piece {
  return { text, micros: microsOfText(text) };
}

/** How far back a blank or the beginning of a character is searched. */
const lookBack = 200;

function cutInLine(text: string, start: number, end: number): number {
  const earliest = Math.max(start + 1, end - lookBack);
  const lastBlank = text.lastIndexOf(" ", end - 1);
  if (lastBlank >= earliest) return lastBlank + 1;
  for (let cut = end; cut > earliest; cut--) if (isBoundary(text, cut)) return cut;
  // The cut is within a character then, but never between the halves of a surrogate pair.
  return isLowSurrogate(text.charCodeAt(end)) ? end - 1 : end;
}

function isBoundary(text: string, at: number): boolean {
  const after = text.charCodeAt(at);
  return !isAttached(after) && !isLowSurrogate(after) && text.charCodeAt(at - 1) !== 0x200d;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
