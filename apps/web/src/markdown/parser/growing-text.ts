/** A text that grows, read block by block. A block that does not change is not read again. */
import { bounds } from "../budget/bounds.ts";
import type { Code, Unit } from "./tree/unit.ts";
import { wholeText } from "./worker-messages.ts";
import { cutBlocks, hasDefinitions, type Block } from "./blocks.ts";
import { Highlighter, type Waiting } from "./highlighter.ts";
import type { ReadCode } from "./tree/tree.ts";
import { codeUnit, plainUnits, readBlock, readWhole } from "./units.ts";

interface ReadBlock {
  readonly block: Block;
  readonly isLast: boolean;
  readonly isWriting: boolean;
  readonly units: readonly Unit[];
  readonly nodes: number;
  /** What the colours of its code wait for. */
  readonly coloursWaitFor: Waiting | undefined;
}

export interface TextParts {
  readonly text: string;
  /** More of the text will come. */
  readonly isWriting: boolean;
  /** Offsets of the blocks that took too long. */
  readonly slow: ReadonlySet<number>;
}

export class GrowingText {
  readonly #highlighter: Highlighter;
  #parts: TextParts = { text: "", isWriting: false, slow: new Set() };
  /** The blocks as the text is cut, and as it is read: a text with footnotes is read as one block. */
  #cut: Block[] = [];
  #blocks: Block[] = [];
  #read: ReadBlock[] = [];

  constructor(highlighter: Highlighter) {
    this.#highlighter = highlighter;
  }

  set(parts: TextParts): void {
    const { text, slow } = parts;
    this.#cut = cutBlocks(text, text.startsWith(this.#parts.text) ? this.#cut : []);
    this.#parts = parts;
    const isWhole = text.length <= bounds.wholeCharacters && !slow.has(wholeText) && hasDefinitions(text);
    this.#blocks = isWhole ? [{ start: wholeText, text, kind: "markdown" }] : this.#cut;
    const changed = this.#blocks.findIndex((block, index) => !this.#isRead(block, index));
    this.#read.length = Math.min(this.#read.length, changed === -1 ? this.#blocks.length : changed);
  }

  /** A language is loaded, and colours may wait for it. */
  colour(): void {
    this.#read = this.#read.map((read) =>
      read.coloursWaitFor === "language" ? { ...read, coloursWaitFor: "time" } : read,
    );
  }

  get isRead(): boolean {
    return this.#read.length >= this.#blocks.length;
  }

  /** There is nothing to do now. */
  get isDone(): boolean {
    return this.isRead && this.#read.every(({ coloursWaitFor }) => coloursWaitFor !== "time");
  }

  /** There is nothing to do until the text changes. */
  get isSettled(): boolean {
    return this.isRead && this.#read.every(({ coloursWaitFor }) => coloursWaitFor === undefined);
  }

  /** Offset of the block that is read next. */
  get next(): number {
    return this.#blocks[this.#nextIndex]?.start ?? this.#parts.text.length;
  }

  /** How many characters of the text are read. */
  get length(): number {
    return this.isRead ? this.#parts.text.length : Math.max(0, this.next);
  }

  get units(): readonly Unit[] {
    return this.#read.flatMap(({ units }) => units);
  }

  /** Reads the next block, or colours more of a block. */
  readNext(): void {
    const index = this.#nextIndex;
    const block = this.#blocks[index];
    if (block) this.#read[index] = this.#readBlock(block, index);
  }

  get #nextIndex(): number {
    if (!this.isRead) return this.#read.length;
    return this.#read.findIndex(({ coloursWaitFor }) => coloursWaitFor === "time");
  }

  #readBlock(block: Block, index: number): ReadBlock {
    const { isWriting, slow } = this.#parts;
    const isLast = index === this.#blocks.length - 1;
    const hasTime = timer();
    let coloursWaitFor: Waiting | undefined;
    const readCode = (language: string, code: string): Code => {
      // Code that took too long is shown without colours.
      if (block.kind === "code" && slow.has(block.start)) return Highlighter.plain(language, code);
      const reading = this.#highlighter.read(language, code, hasTime);
      coloursWaitFor = reading.waitsFor ?? coloursWaitFor;
      return reading.code;
    };
    const units = this.#unitsOf(block, index, readCode);
    const nodes = units.reduce((sum, unit) => sum + (unit.kind === "tree" ? unit.nodes : 1), 0);
    return { block, isLast, isWriting, units, nodes, coloursWaitFor };
  }

  #unitsOf(block: Block, index: number, readCode: ReadCode): readonly Unit[] {
    const { isWriting, slow } = this.#parts;
    const nodesBefore = this.#read.slice(0, index).reduce((sum, { nodes }) => sum + nodes, 0);
    if (nodesBefore > bounds.textNodes) return plainUnits(block.text);
    if (block.kind === "code") return [codeUnit(readCode(block.language ?? "", block.code ?? ""))];
    if (slow.has(block.start)) return plainUnits(block.text);
    if (block.start === wholeText) return readWhole(block.text, readCode, isWriting);
    return readBlock(block, readCode, { isLast: index === this.#blocks.length - 1, isWriting });
  }

  #isRead(block: Block, index: number): boolean {
    const read = this.#read[index];
    if (!read || !isSame(read.block, block)) return false;
    const isLast = index === this.#blocks.length - 1;
    return read.isLast === isLast && (!isLast || read.isWriting === this.#parts.isWriting);
  }
}

/** The timer starts when it is first read, so each call colours something, however long the reading took. */
function timer(): () => boolean {
  let end: number | undefined;
  return () => {
    end ??= performance.now() + bounds.parserSliceMs;
    return performance.now() < end;
  };
}

function isSame(block: Block, other: Block): boolean {
  return (
    block.start === other.start &&
    block.kind === other.kind &&
    block.listStart === other.listStart &&
    block.text === other.text
  );
}
