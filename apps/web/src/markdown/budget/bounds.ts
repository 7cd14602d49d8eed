/**
 * What a text may cost. A model may say anything, and whoever reads it has one thread: what would take longer than
 * this allows is shown as plain text, or later.
 */
export const bounds = {
  /** Read in one go by the parser, which needs the square of the length for the worst of texts. Longer is plain text. */
  blockCharacters: 10_000,
  /** A table costs what it is long. */
  tableCharacters: 40_000,
  /** A text with footnotes or references is read as one, since what they mean stands elsewhere in it. */
  wholeCharacters: 64_000,
  /** A list is cut between its items from here on. */
  listCharacters: 3_000,
  /** Blocks of one text; what comes after them is plain text. */
  blocks: 4_000,
  /** Elements of one text; what comes after them is plain text. */
  textNodes: 12_000,
  /** Elements and nesting of what is shown at once. */
  unitNodes: 2_400,
  unitDepth: 40,
  /** A formula, and what it becomes. */
  formulaCharacters: 4_000,
  formulaNodes: 2_000,
  formulaDepth: 60,
  /** Code that gets colours, and what of it is shown at once. */
  colouredCharacters: 64_000,
  codeChunkLines: 40,
  codeChunkCharacters: 4_000,
  colouredLineCharacters: 2_000,
  /** What a browser needs to show one block, as estimated; several of them that are shown at once; and one piece of plain text. */
  unitMicros: 36_000,
  sectionMicros: 12_000,
  pieceMicros: 8_000,
  pieceCharacters: 4_000,
  /** What may be shown within one task without a look at the clock, as estimated. */
  taskMicros: 24_000,
  /** After this long in one task the rest waits for the next one. */
  sliceMs: 8,
  /** The parser looks for news after this long, and says what it has read when it is done, or after so long. */
  parserSliceMs: 20,
  parserSilenceMs: 100,
  /** A parser that says nothing this long is stopped. What it was reading is shown as it is. */
  parserStuckMs: 3_000,
  /** Elements and characters that the worker sends in one message. */
  messageNodes: 3_000,
  messageCharacters: 100_000,
} as const;
