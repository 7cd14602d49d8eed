import { encodedBytes, fitting, isHighSurrogate, limits, type ChunkPart } from "@natter/protocol";
import { isBroken } from "@natter/runtime";

export interface Chunk {
  readonly text: string;
  /** Unset for a chunk of the answer. */
  readonly part: ChunkPart | undefined;
}

export interface CoalescerOutputs {
  /** Returns whether the chunk was published. Otherwise it is tried again with the following text. */
  readonly emit: (chunk: Chunk) => boolean;
  /** Called with an exception of `emit` in a timer, where no caller can catch it. */
  readonly onDefect: (error: unknown) => void;
}

const tickMs = 5;
/** A chunk must fit the broker's largest message, however much text the model sends at once. In UTF-16 units. */
const chunkLength = 16_384;

/** One timer for all replies. A timer for each chunk of thousands of replies would cost more than all other work. */
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
    for (const coalescer of this.#waiting) {
      // An exception of one reply ends that reply and no other.
      try {
        coalescer.flushIfDue(now);
      } catch (error) {
        if (isBroken("worker.no-bulkhead")) throw error;
        this.delete(coalescer);
        coalescer.onDefect(error);
      }
    }
  }
}

/**
 * Joins text that comes faster than people can see. The first text is published at once. Later text is published at once if the last
 * chunk is older than the window. Otherwise it waits for the end of the window, with the text that follows.
 */
export class ChunkCoalescer {
  readonly #windowMs: number;
  readonly #timer: FlushTimer;
  readonly #emit: (chunk: Chunk) => boolean;
  readonly onDefect: (error: unknown) => void;
  /** Text that is not published yet: runs of one kind, rarely more than one. */
  #pending: { text: string; part: Chunk["part"] }[] = [];
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  /** Remaining size of the reply, in bytes. */
  #textRoom: number = limits.replyTextBytes;
  #reasoningRoom: number = limits.replyReasoningBytes;

  constructor(windowMs: number, timer: FlushTimer, outputs: CoalescerOutputs) {
    this.#windowMs = windowMs;
    this.#timer = timer;
    this.#emit = outputs.emit;
    this.onDefect = outputs.onDefect;
  }

  /** @returns whether more text fits; at the limit the text is cut */
  push(text: string): boolean {
    const bytes = encodedBytes(text);
    const hasRoom = bytes <= this.#textRoom;
    this.#add({ text: hasRoom ? text : fitting(text, this.#textRoom), part: undefined });
    this.#textRoom = hasRoom ? this.#textRoom - bytes : 0;
    return hasRoom;
  }

  /** Reasoning beyond the limit is dropped: it is no part of the answer and must not end it. */
  pushReasoning(text: string): void {
    const bytes = encodedBytes(text);
    const hasRoom = bytes <= this.#reasoningRoom;
    const taken = hasRoom ? text : fitting(text, this.#reasoningRoom);
    this.#reasoningRoom = hasRoom ? this.#reasoningRoom - bytes : 0;
    if (taken !== "") this.#add({ text: taken, part: "reasoning" });
  }

  /** All text so far was reasoning, and so is `text`. */
  takeText(text: string): void {
    this.#reasoningRoom = Math.max(0, this.#reasoningRoom - (limits.replyTextBytes - this.#textRoom));
    this.#textRoom = limits.replyTextBytes;
    const taken = fitting(text, this.#reasoningRoom);
    this.#reasoningRoom -= encodedBytes(taken);
    this.#add({ text: taken, part: "taking" });
  }

  #add({ text, part }: Chunk): void {
    const last = this.#pending.at(-1);
    if (last && last.part === part && part !== "taking") last.text += text;
    else {
      if (last) last.text = last.text.toWellFormed();
      this.#pending.push({ text, part });
    }
    const nowMs = performance.now();
    if (nowMs - this.#flushedAtMs >= this.#windowMs) this.#flushAt(nowMs);
    else this.#timer.add(this);
  }

  flushIfDue(nowMs: number): void {
    if (nowMs - this.#flushedAtMs >= this.#windowMs) this.#flushAt(nowMs);
  }

  /** Publishes all remaining text at once. @returns whether it was published */
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
      // A chunk with `takesText` is published even without text of its own.
      if (end > 0 || first.part === "taking") {
        if (!this.#emit({ text: first.text.slice(0, end), part: first.part })) return this.#timer.add(this);
        this.#flushedAtMs = nowMs;
        first.text = first.text.slice(end);
        if (first.part === "taking") first.part = "reasoning";
      }
      if (first.text === "") this.#pending.shift();
    }
    this.#timer.delete(this);
  }
}

/** Half of a surrogate pair has no bytes; it waits for the other half. */
function endOfChunk(text: string): number {
  const end = Math.min(text.length, chunkLength);
  return isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
}
