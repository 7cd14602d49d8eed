import { limits } from "@natter/protocol";

export interface Chunk {
  readonly text: string;
  /** Unset for the answer itself. */
  readonly part: "reasoning" | undefined;
}

const tickMs = 5;
/** A chunk has to fit the broker's largest message, however much a model says at once. In UTF-16 units. */
const chunkLength = 16_384;

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
  /** What has not left yet, a run of text of one part each; hardly ever more than one. */
  #pending: { text: string; readonly part: Chunk["part"] }[] = [];
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #bytes = 0;

  /** @param emit says whether it took the chunk; one that it did not take is offered again, with what follows */
  constructor(windowMs: number, timer: FlushTimer, emit: (chunk: Chunk) => boolean) {
    this.#windowMs = windowMs;
    this.#timer = timer;
    this.#emit = emit;
  }

  /** @returns whether there is room for more; at the limit of a reply the text is cut; thoughts are not kept */
  push(text: string, part: Chunk["part"]): boolean {
    const taken = part === undefined ? this.#fit(text) : text;
    const last = this.#pending.at(-1);
    if (last && last.part === part) last.text += taken;
    else {
      if (last) last.text = last.text.toWellFormed();
      this.#pending.push({ text: taken, part });
    }
    const nowMs = performance.now();
    if (nowMs - this.#flushedAtMs >= this.#windowMs) this.#flushAt(nowMs);
    else this.#timer.add(this);
    return taken.length === text.length;
  }

  flushIfDue(nowMs: number): void {
    if (nowMs - this.#flushedAtMs >= this.#windowMs) this.#flushAt(nowMs);
  }

  /** Everything that is left, at once. @returns whether it was taken */
  flush(): boolean {
    const last = this.#pending.at(-1);
    if (last) last.text = last.text.toWellFormed();
    this.#flushAt(performance.now());
    return this.#pending.length === 0;
  }

  close(): void {
    this.#timer.delete(this);
  }

  #flushAt(nowMs: number): void {
    for (let first = this.#pending[0]; first; first = this.#pending[0]) {
      const end = endOfChunk(first.text);
      if (end === 0 && first.text !== "") break;
      if (end > 0) {
        if (!this.#emit({ text: first.text.slice(0, end), part: first.part })) return this.#timer.add(this);
        this.#flushedAtMs = nowMs;
        first.text = first.text.slice(end);
      }
      if (first.text === "") this.#pending.shift();
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

/** Half of a character has no bytes of its own; it waits for its other half. */
function endOfChunk(text: string): number {
  const end = Math.min(text.length, chunkLength);
  return isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
}

/** As it is on the wire: quotes and line breaks are escaped. */
function encodedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
