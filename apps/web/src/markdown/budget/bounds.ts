/**
 * What a text may cost. A model may write anything, and the page of a reader has one thread. A text that
 * exceeds a bound is shown as plain text, or later.
 */
export const bounds = {
  /**
   * The parser reads a block at once, and the worst text takes the square of its length. A longer block is
   * plain text.
   */
  blockCharacters: 10_000,
  /** A table takes time in proportion to its length. */
  tableCharacters: 40_000,
  /** A text with footnotes or references is read at once, since their targets stand elsewhere in it. */
  wholeCharacters: 64_000,
  /** A longer list is cut between its items. */
  listCharacters: 3_000,
  /** Blocks of one text. What comes after them is plain text. */
  blocks: 4_000,
  /** Elements of one text. What comes after them is plain text. */
  textNodes: 12_000,
  /** Elements and nesting of what is shown at once. */
  unitNodes: 2_400,
  unitDepth: 40,
  /** The source of a formula, and the elements that KaTeX makes of it. */
  formulaCharacters: 4_000,
  formulaNodes: 2_000,
  formulaDepth: 60,
  /** Code that is coloured, and the part of it that is shown at once. */
  colouredCharacters: 64_000,
  codeChunkLines: 40,
  codeChunkCharacters: 4_000,
  colouredLineCharacters: 2_000,
  /** Estimated time to show one block; several blocks that are shown at once; one piece of plain text. */
  unitMicros: 36_000,
  sectionMicros: 12_000,
  pieceMicros: 8_000,
  pieceCharacters: 4_000,
  /** Estimated time of what is shown within one task before the clock is read. */
  taskMicros: 24_000,
  /** After this long in one task the rest waits for the next task. */
  sliceMs: 8,
  /**
   * The parser reads for this long before it takes new requests; it answers at the end, or after the silence.
   */
  parserSliceMs: 20,
  parserSilenceMs: 100,
  /**
   * A parser that does not answer for this long is stopped. The block that it was reading is shown as plain
   * text.
   */
  parserStuckMs: 3_000,
  /** Elements and characters of one message of the worker. */
  messageNodes: 3_000,
  messageCharacters: 100_000,
} as const;
