/**
 * Cuts a text into blocks that can be read separately: at blank lines, at headings and around code. More text
 * at the end changes only the last blocks, and the cost of one block has a bound.
 */
import { bounds } from "../budget/bounds.ts";

export interface Block {
  /** Offset in the text. */
  readonly start: number;
  readonly text: string;
  readonly kind: "markdown" | "code" | "rest";
  /** Only of code. */
  readonly language?: string;
  readonly code?: string;
  /** The number of its first item, if the block continues a list that was cut. */
  readonly listStart?: number;
}

/** The last blocks of a text can change when more text comes. */
const unsureBlocks = 2;

const definition = /^ {0,3}\[[^\]\n]{1,200}\]:/m;

/** Whether the text defines references or footnotes. */
export function hasDefinitions(text: string): boolean {
  return definition.test(text);
}

/** @param before the blocks of the text that this one continues */
export function cutBlocks(text: string, before: readonly Block[] = []): Block[] {
  const sure = before.slice(0, -unsureBlocks);
  const next = before[sure.length];
  const cutter = new Cutter(text, next?.start ?? 0, next?.listStart);
  return [...sure, ...cutter.blocks(bounds.blocks - sure.length)];
}

const fence = /^( {0,3})(`{3,}|~{3,})[ \t]*([^\n]*)$/;
const heading = /^#{1,6}(?:[ \t]|$)/;
const listItem = /^(?:[-+*]|(\d{1,9})[.)])(?:[ \t]|$)/;
const blank = /^[ \t]*$/;
const raw = /^ {0,3}<(?:(!--)|(pre|script|style|textarea)(?=[\s>]))/i;

/** How long a formula or a comment keeps a block open across blank lines. */
const heldCharacters = 8_000;

class Cutter {
  readonly #text: string;
  #start: number;
  #at: number;
  #listStart: number | undefined;
  #isList = false;
  #items = 0;
  #firstNumber: number | undefined;
  #wasBlank = false;
  /** The text that must come before a blank line ends the block. */
  #closer: string | undefined;

  constructor(text: string, start: number, listStart: number | undefined) {
    this.#text = text;
    this.#start = start;
    this.#at = start;
    this.#listStart = listStart;
  }

  blocks(max: number): Block[] {
    const blocks: Block[] = [];
    while (this.#start < this.#text.length) {
      if (blocks.length + 1 >= max) {
        blocks.push({ start: this.#start, text: this.#text.slice(this.#start), kind: "rest" });
        break;
      }
      blocks.push(this.#next());
    }
    return blocks;
  }

  #next(): Block {
    const code = this.#code();
    if (code) return code;
    const start = this.#start;
    const listStart = this.#listStart;
    this.#listStart = undefined;
    this.#begin(this.#line(), listStart);
    while (this.#at < this.#text.length) {
      const line = this.#line();
      if (this.#endsBefore(line)) break;
      this.#take(line);
    }
    this.#start = this.#at;
    const text = this.#text.slice(start, this.#at);
    return { start, text, kind: "markdown", ...(listStart !== undefined && { listStart }) };
  }

  #line(): string {
    const end = this.#text.indexOf("\n", this.#at);
    return this.#text.slice(this.#at, end === -1 ? this.#text.length : end);
  }

  #begin(line: string, listStart: number | undefined): void {
    const number = listItem.exec(line)?.[1];
    this.#isList = false;
    this.#items = 0;
    this.#firstNumber = listStart ?? (number === undefined ? undefined : Number(number));
    this.#wasBlank = false;
    this.#closer = undefined;
    this.#take(line);
  }

  #take(line: string): void {
    this.#at = Math.min(this.#at + line.length + 1, this.#text.length);
    this.#wasBlank = blank.test(line);
    if (this.#wasBlank) return;
    if (listItem.test(line)) {
      this.#isList = true;
      this.#items++;
    }
    if (this.#closer !== undefined) {
      if (line.includes(this.#closer)) this.#closer = undefined;
    } else this.#closer = closerOf(line);
  }

  /** Whether a new block begins with this line. */
  #endsBefore(line: string): boolean {
    if (blank.test(line)) return false;
    if (!this.#isIndented(line) && fence.test(line)) return true;
    const length = this.#at - this.#start;
    if (this.#closer !== undefined && length < heldCharacters) return false;
    const isOutside = !line.startsWith(" ") && !line.startsWith("\t");
    if (isOutside && (heading.test(line) || this.#isAfterHeading())) return true;
    if (this.#isList) return isOutside && this.#endsList(line, length);
    return this.#wasBlank && !/^(?: {4}|\t)/.test(line);
  }

  #isAfterHeading(): boolean {
    return !this.#isList && heading.test(this.#text.slice(this.#start, this.#start + 8));
  }

  /** Whether the line belongs to the item before it. */
  #isIndented(line: string): boolean {
    return this.#isList && /^[ \t]/.test(line);
  }

  #endsList(line: string, length: number): boolean {
    const item = listItem.exec(line);
    if (!item) return this.#wasBlank;
    if (length < bounds.listCharacters) return false;
    if (item[1] !== undefined && this.#firstNumber !== undefined)
      this.#listStart = this.#firstNumber + this.#items;
    return true;
  }

  /** A block of code, if one begins here. */
  #code(): Block | undefined {
    const start = this.#start;
    const opening = fence.exec(this.#line());
    if (!opening) return undefined;
    const [line, indent = "", marks = "", info = ""] = opening;
    if (marks.startsWith("`") && info.includes("`")) return undefined;
    const end = this.#closingFence(start + line.length + 1, marks);
    const inside = this.#text.slice(Math.min(start + line.length + 1, end.from), end.from);
    const code = indent === "" ? inside : inside.replace(new RegExp(`^ {1,${indent.length}}`, "gm"), "");
    this.#at = end.to;
    while (this.#at < this.#text.length && blank.test(this.#line()))
      this.#at = Math.min(this.#at + this.#line().length + 1, this.#text.length);
    this.#start = this.#at;
    const text = this.#text.slice(start, this.#at);
    return { start, text, kind: "code", language: /^\S*/.exec(info)?.[0] ?? "", code: trimEnd(code) };
  }

  #closingFence(from: number, marks: string): { from: number; to: number } {
    const closing = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}[ \\t]*$`, "gm");
    closing.lastIndex = from;
    const found = from > this.#text.length ? null : closing.exec(this.#text);
    if (!found) return { from: this.#text.length, to: this.#text.length };
    return { from: found.index, to: Math.min(found.index + found[0].length + 1, this.#text.length) };
  }
}

/** The text that must come before a blank line ends the block that this line opens. */
function closerOf(line: string): string | undefined {
  const html = raw.exec(line);
  const closer = html ? (html[1] === undefined ? `</${html[2]}>` : "-->") : undefined;
  if (closer !== undefined) return line.toLowerCase().includes(closer) ? undefined : closer;
  // Text between backticks opens nothing.
  const text = line
    .split("`")
    .filter((_, index) => index % 2 === 0)
    .join("`");
  const bracket = text.lastIndexOf("\\[");
  if (bracket !== -1 && !text.includes("\\]", bracket)) return "\\]";
  // An odd number of them: the formula continues after this line.
  return text.split("$$").length % 2 === 0 ? "$$" : undefined;
}

function trimEnd(code: string): string {
  let end = code.length;
  while (end > 0 && code.charCodeAt(end - 1) === 10) end--;
  return code.slice(0, end);
}
