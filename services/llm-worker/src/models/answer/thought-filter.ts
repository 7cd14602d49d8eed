/** Tells thoughts from the answer where a server sends both as one text. Pure but for its own state. */
import type { ModelPart } from "../model.ts";
import { CodeTracker } from "./code-tracker.ts";
import { HarmonyReader } from "./harmony.ts";

type Emit = (type: ModelPart["type"], text: string) => void;

/** Beginning and end of a thought, as models of several makers write them, in any case. */
const tags: readonly (readonly [string, string])[] = [
  ["<think>", "</think>"],
  ["<thinking>", "</thinking>"],
  ["<thought>", "</thought>"],
  ["<reasoning>", "</reasoning>"],
  ["<seed:think>", "</seed:think>"],
  ["[think]", "[/think]"],
  ["◁think▷", "◁/think▷"],
  ["<|start_thinking|>", "<|end_thinking|>"],
];
const openings: ReadonlyMap<string, string> = new Map(tags);
const harmonyOpenings: readonly string[] = ["<|channel|>", "<|start|>"];
const harmonyEnd = "<|end|>";
const words: readonly string[] = [...tags.flat(), ...harmonyOpenings, harmonyEnd];
const anyWord = new RegExp(words.map((word) => word.replaceAll(/[[\]|/]/g, "\\$&")).join("|"), "gi");
const wordBeginnings = /[<[◁]/;
/** More blanks than that are the answer. In UTF-16 units. */
const maxLeading = 1_000;
const longestWord = Math.max(...words.map(({ length }) => length));

/**
 * A thought begins at the beginning of the answer or of a line, never in code: a model that talks about the tags writes them
 * elsewhere. The first end of a thought that never began makes all text before it a thought: the template of such a model
 * writes the beginning into the prompt. What could be the beginning of a tag is held back until it is clear.
 */
export class ThoughtFilter {
  readonly #emit: Emit;
  #code = new CodeTracker();
  #pending = "";
  /** The end that is waited for, inside of a thought. */
  #closing: string | undefined;
  #harmony: HarmonyReader | undefined;
  /** Only blanks so far, or since the end of a thought. */
  #isBlank = true;
  /** Blanks at the very beginning: they go with the answer, or are dropped with a thought. */
  #leading = "";
  #isLineStart = true;
  #sawThought = false;
  /** Ends of thoughts whose beginnings stand in the text, because it only talks about them. */
  readonly #endsInText = new Set<string>();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** The server tells thoughts apart by itself: an end without a beginning is no end of one. */
  expectNoUnbegun(): void {
    this.#sawThought = true;
  }

  push(text: string): void {
    if (this.#harmony) return this.#harmony.push(text);
    if (this.#pending === "" && this.#closing === undefined && !this.#isBlank && !wordBeginnings.test(text))
      return this.#emitText(text);
    this.#pending += text;
    this.#work(false);
  }

  /** What is held back is what it looks like. */
  flush(): void {
    if (this.#harmony) return this.#harmony.flush();
    this.#work(true);
    if (this.#leading !== "") this.#emit("text", this.#leading);
    this.#leading = "";
  }

  #work(isLast: boolean): void {
    while (this.#pending !== "" && this.#step(isLast));
  }

  /** Returns whether another step may find more. */
  #step(isLast: boolean): boolean {
    if (this.#closing !== undefined) return this.#think(this.#closing, isLast);
    anyWord.lastIndex = 0;
    const found = anyWord.exec(this.#pending);
    if (!found) {
      const end = isLast ? this.#pending.length : this.#pending.length - heldLength(this.#pending, words);
      this.#emitText(this.#take(end));
      return false;
    }
    return this.#onWord(found[0].toLowerCase(), found.index, isLast);
  }

  #think(closing: string, isLast: boolean): boolean {
    const end = indexOfWord(this.#pending, closing);
    if (end === -1) {
      const held = isLast ? 0 : heldLength(this.#pending, [closing]);
      this.#emitReasoning(this.#take(this.#pending.length - held));
      return false;
    }
    this.#emitReasoning(this.#take(end));
    this.#take(closing.length);
    this.#afterThought();
    return true;
  }

  /** Returns whether another step may find more. */
  #onWord(word: string, index: number, isLast: boolean): boolean {
    const before = this.#pending.slice(0, index);
    const after = this.#pending.slice(index + word.length);
    const isInCode = this.#code.isCodeAfter(before);
    const closing = openings.get(word);
    if (
      word === harmonyEnd &&
      !isInCode &&
      !isLast &&
      harmonyOpenings.some((opening) => opening.startsWith(after))
    ) {
      // Whether a message begins after this one is not clear yet.
      this.#emitText(this.#take(index));
      return false;
    }
    if (!isInCode && this.#isHarmony(word, before, after)) this.#beginHarmony(index);
    else if (closing !== undefined && !isInCode && this.#isLineStartAfter(before)) {
      this.#emitText(this.#take(index));
      this.#take(word.length);
      this.#leading = "";
      this.#closing = closing;
    } else if (this.#endsUnbegunThought(word, isInCode)) {
      this.#emit("taking", this.#takeLeading() + this.#take(index));
      this.#take(word.length);
      this.#afterThought();
    } else {
      if (closing !== undefined) this.#endsInText.add(closing);
      this.#emitText(this.#take(index + word.length));
    }
    return true;
  }

  /** A message begins at the very beginning, or right after another one. */
  #isHarmony(word: string, before: string, after: string): boolean {
    if (word === harmonyEnd) return harmonyOpenings.some((opening) => after.startsWith(opening));
    return harmonyOpenings.includes(word) && this.#isBlank && before.trim() === "";
  }

  #endsUnbegunThought(word: string, isInCode: boolean): boolean {
    if (openings.has(word) || harmonyOpenings.includes(word) || word === harmonyEnd) return false;
    return !isInCode && !this.#sawThought && !this.#endsInText.has(word);
  }

  #beginHarmony(index: number): void {
    const taken = this.#takeLeading() + this.#take(index);
    const before = this.#isBlank && this.#sawThought ? taken.trimStart() : taken;
    const rest = this.#take(this.#pending.length);
    if (before.trim() !== "" || !this.#isBlank) this.#emit("taking", before);
    this.#harmony = new HarmonyReader(this.#emit);
    this.#harmony.push(rest);
  }

  #afterThought(): void {
    this.#closing = undefined;
    this.#sawThought = true;
    this.#isBlank = true;
    this.#isLineStart = true;
    this.#code = new CodeTracker();
  }

  #isLineStartAfter(text: string): boolean {
    const lastLine = text.slice(text.lastIndexOf("\n") + 1);
    return lastLine.trim() === "" && (this.#isLineStart || text.includes("\n"));
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return taken;
  }

  #emitReasoning(text: string): void {
    if (text !== "") this.#emit("reasoning", text);
  }

  #takeLeading(): string {
    const leading = this.#leading;
    this.#leading = "";
    return leading;
  }

  /** Blanks between a thought and the answer belong to neither. */
  #emitText(text: string): void {
    if (text === "") return;
    this.#code.push(text);
    this.#isLineStart = this.#isLineStartAfter(text);
    if (!this.#isBlank) return this.#emit("text", text);
    const begun = text.trimStart();
    if (begun === "" && this.#leading.length < maxLeading) {
      if (!this.#sawThought) this.#leading += text;
      return;
    }
    this.#isBlank = false;
    this.#emit("text", this.#sawThought ? begun : this.#takeLeading() + text);
  }
}

function indexOfWord(text: string, word: string): number {
  const end = text.indexOf(word);
  // Hardly ever in another case than the usual one.
  return end === -1 && /[A-Z]/.test(text)
    ? text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()).indexOf(word)
    : end;
}

/** How much of the end of `text` could be the beginning of one of `candidates`. */
function heldLength(text: string, candidates: readonly string[]): number {
  const most = Math.min(text.length, longestWord - 1);
  for (let length = most; length > 0; length--) {
    const tail = text.slice(text.length - length).toLowerCase();
    if (candidates.some((word) => word.length > length && word.startsWith(tail))) return length;
  }
  return 0;
}
