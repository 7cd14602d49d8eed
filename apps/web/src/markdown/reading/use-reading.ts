import { useLayoutEffect, useState, useSyncExternalStore } from "react";
import { ParserLink, type Reading, type WantedText } from "./parser-link.ts";
import type { Unit } from "../parser/tree/unit.ts";

/** What is shown of a text: the units that are read, and the text itself from the character `from` on. */
export interface Shown {
  readonly text: string;
  readonly units: readonly Unit[];
  readonly from: number;
}

const parser = new ParserLink(
  () => new Worker(new URL("../parser/worker.ts", import.meta.url), { type: "module", name: "markdown" }),
);
parser.warmUp();
globalThis.addEventListener("online", () => parser.retryNow());

/** The last words of a growing answer are shown unread if they are not read after this long. */
const lateMs = 250;
const maxCached = 200;
const maxCachedCharacters = 2_000_000;

/** A cache of readings, so that a message that comes into view again is shown at once. */
const cache = new Map<string, Reading>();
let cachedCharacters = 0;

function cacheReading(reading: Reading): void {
  evict(reading.text);
  cache.set(reading.text, reading);
  cachedCharacters += reading.text.length;
  for (const [text] of cache) {
    if (cache.size <= maxCached && cachedCharacters <= maxCachedCharacters) break;
    evict(text);
  }
}

function evict(text: string): void {
  if (cache.delete(text)) cachedCharacters -= text.length;
}

export function useReading(content: string, isWriting: boolean): Shown {
  // The parser knows only one kind of line end.
  const text = content.includes("\r") ? content.replace(/\r\n?/g, "\n") : content;
  const [readText] = useState(() => new ReadText(text, isWriting));
  const { reading, isLate } = useSyncExternalStore(readText.subscribe, readText.getSnapshot);
  useLayoutEffect(() => readText.show(text, isWriting), [readText, text, isWriting]);
  return shownOf(text, isWriting ? reading : (cache.get(text) ?? reading), isLate);
}

function shownOf(text: string, reading: Reading | undefined, isLate: boolean): Shown {
  if (!reading || !text.startsWith(reading.text)) return { text, units: [], from: 0 };
  const isPart = reading.length < reading.text.length;
  return { text, units: reading.units, from: isPart || isLate ? reading.length : text.length };
}

interface Snapshot {
  readonly reading: Reading | undefined;
  readonly isLate: boolean;
}

/** The reading of one text that is in the page. */
class ReadText {
  #text: string;
  #isWriting: boolean;
  #snapshot: Snapshot;
  #wanted: WantedText | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;
  #changed: () => void = () => undefined;

  constructor(text: string, isWriting: boolean) {
    this.#text = text;
    this.#isWriting = isWriting;
    this.#snapshot = { reading: cache.get(text), isLate: false };
  }

  readonly getSnapshot = (): Snapshot => this.#snapshot;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed = changed;
    this.#want();
    return () => {
      this.#wanted?.close();
      this.#wanted = undefined;
      clearTimeout(this.#late);
      this.#late = undefined;
    };
  };

  show(text: string, isWriting: boolean): void {
    if (text === this.#text && isWriting === this.#isWriting) return;
    this.#text = text;
    this.#isWriting = isWriting;
    this.#want();
  }

  #want(): void {
    const known = this.#isWriting ? undefined : cache.get(this.#text);
    if (known) return this.#change(known, false);
    this.#wanted ??= parser.open((reading) => this.#take(reading));
    this.#wanted.read(this.#text, this.#isWriting);
    this.#late ??= setTimeout(() => this.#change(this.#snapshot.reading, true), lateMs);
  }

  #take(reading: Reading): void {
    if (reading.isSettled && !this.#isWriting) cacheReading(reading);
    const isAll = reading.length >= this.#text.length;
    clearTimeout(this.#late);
    this.#late = isAll ? undefined : setTimeout(() => this.#change(this.#snapshot.reading, true), lateMs);
    this.#change(reading, false);
  }

  #change(reading: Reading | undefined, isLate: boolean): void {
    if (reading === this.#snapshot.reading && isLate === this.#snapshot.isLate) return;
    this.#snapshot = { reading, isLate };
    this.#changed();
  }
}
