import { limits } from "@natter/protocol";

export interface Chunk {
  readonly text: string;
  /** Unset for the answer itself. */
  readonly part: "reasoning" | undefined;
}

const tickMs = 5;

/** One timer for all replies: a timer for each chunk of thousands of replies would be most of the work. */
export class FlushTimer {
  readonly #waiting = new Set<ChunkCoalescer>();
  #timer: NodeJS.Timeout | undefined;

  add(coalescer: ChunkCoalescer): void {
    this.#waiting.add(coalescer);
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
  }

  delete(coalescer: ChunkCoalescer): void {
    this.#waiting.delete(coalescer);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    for (const coalescer of this.#waiting) coalescer.flushIfDue(now);
  }
}

/**
 * Joins what comes faster than people can see: the first text leaves at once, a later one at once if the last
 * was longer ago than the window, else with what follows until the window's end.
 */
export class ChunkCoalescer {
  readonly #windowMs: number;
  readonly #timer: FlushTimer;
  readonly #emit: (chunk: Chunk) => boolean;
  #text = "";
  #part: Chunk["part"];
  #flushedAt = Number.NEGATIVE_INFINITY;
  #bytes = 0;

  /** @param emit says whether it took the chunk; one that it did not take is offered again, with what follows */
  constructor(windowMs: number, timer: FlushTimer, emit: (chunk: Chunk) => boolean) {
    this.#windowMs = windowMs;
    this.#timer = timer;
    this.#emit = emit;
  }

  /** @returns whether there is room for more; at the limit of a reply the text is cut */
  push(text: string, part: Chunk["part"]): boolean {
    if (this.#text !== "" && this.#part !== part) this.flush();
    this.#part = part;
    const taken = this.#fit(text);
    this.#text += taken;
    const now = performance.now();
    if (now - this.#flushedAt >= this.#windowMs) this.#flushAt(now);
    else this.#timer.add(this);
    return taken.length === text.length;
  }

  flushIfDue(now: number): void {
    if (now - this.#flushedAt >= this.#windowMs) this.#flushAt(now);
  }

  /** Everything that is left, at once. @returns whether it was taken */
  flush(): boolean {
    this.#text = this.#text.toWellFormed();
    this.#flushAt(performance.now());
    return this.#text === "";
  }

  close(): void {
    this.#timer.delete(this);
  }

  #flushAt(now: number): void {
    // Half of a character has no bytes of its own; it waits for its other half.
    const end = isHighSurrogate(this.#text.charCodeAt(this.#text.length - 1))
      ? this.#text.length - 1
      : this.#text.length;
    if (end > 0) {
      if (!this.#emit({ text: this.#text.slice(0, end), part: this.#part })) return this.#timer.add(this);
      this.#flushedAt = now;
      this.#text = this.#text.slice(end);
    }
    this.#timer.delete(this);
  }

  #fit(text: string): string {
    const bytes = encodedBytes(text);
    if (this.#bytes + bytes <= limits.replyTextBytes) {
      this.#bytes += bytes;
      return text;
    }
    let fitting = "";
    for (const character of text) {
      this.#bytes += encodedBytes(character);
      if (this.#bytes > limits.replyTextBytes) break;
      fitting += character;
    }
    this.#bytes = limits.replyTextBytes;
    return fitting;
  }
}

/** As it is on the wire: quotes and line breaks are escaped. */
function encodedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
