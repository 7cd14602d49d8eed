import {
  chunkHead,
  chunkNumber,
  decodeObject,
  encodeChunk,
  encodeFrame,
  frameHeads,
  startsWith,
  timings,
  type ReplySoFar,
  type ServerFrameOf,
} from "@natter/protocol";
import { isBroken } from "@natter/runtime";
import type { Attempt, ChunkPlace } from "./subscriber.ts";

/** What a reply feed needs from its session. */
export interface ReplyFeedOutputs {
  chunk(frame: Uint8Array, place: ChunkPlace): void;
  text(frame: Uint8Array, place: ChunkPlace): void;
  /** The owner's answer; `undefined` if no reply is running or the owner did not answer. */
  askOwner(): Promise<ReplySoFar | undefined>;
  /** Whether durable events wait. The `ai_start` of a finished reply can be among them. */
  isBehind(): boolean;
}

type Replying = Extract<ReplySoFar, { state: "replying" }>;

interface Running {
  readonly id: string;
  readonly attempt: number;
  readonly head: Uint8Array;
  next: number;
}

const heldLimit = 4_096;
const finishedLimit = 32;
const askAgainMs = 500;

/**
 * Relays the chunks of the session's running reply, each one once and in order. The hot path compares bytes. It parses only a chunk
 * that does not belong to the running attempt.
 */
export class ReplyFeed {
  readonly #outputs: ReplyFeedOutputs;
  readonly #finished: string[] = [];
  #running: Running | undefined;
  #held: Uint8Array[] = [];
  #asking = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #askTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #onProgress: (() => void) | undefined;

  constructor(outputs: ReplyFeedOutputs) {
    this.#outputs = outputs;
  }

  /** Whether this gateway knows of a running reply. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The running attempt, if a chunk of it was relayed. */
  get underway(): Attempt | undefined {
    return this.#running && this.#running.next > 0 ? this.#running : undefined;
  }

  /** How many chunks of an attempt this gateway has relayed. */
  saidOf({ id, attempt }: Attempt): number {
    const running = this.#running;
    return running?.id === id && running.attempt === attempt ? running.next : 0;
  }

  onChunk(frame: Uint8Array): void {
    const running = this.#running;
    if (!running || !startsWith(frame, running.head)) return this.#onStrange(frame);
    const n = chunkNumber(frame, running.head.length);
    if (n > 1 && isBroken("gateway.lose-words")) return;
    if (n === running.next) this.#emit(running, frame, n);
    else if (n > running.next) this.#hold(frame);
  }

  /** Call this when `ai_start` was relayed. */
  onStart(start: { id: string; attempt: number }): void {
    if (this.#finished.includes(start.id)) return;
    const running = this.#running;
    if (running?.id === start.id && running.attempt >= start.attempt) return;
    this.#run(start.id, start.attempt, 0);
    this.#releaseHeld();
  }

  /**
   * Call this before `ai_complete` is relayed. In a cluster `ai_complete` can overtake its trailing chunks. Resolves when the chunks
   * have come, at the latest after 250 ms.
   */
  async beforeComplete(complete: { id: string; attempt: number; chunks: number }): Promise<void> {
    const isShort = (): boolean =>
      this.#running?.id === complete.id &&
      this.#running.attempt === complete.attempt &&
      this.#running.next < complete.chunks;
    if (!isShort()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timings.lateChunksMs);
      this.#onProgress = () => {
        if (isShort()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onProgress = undefined;
  }

  /** Call this when `ai_complete` was relayed. No later chunk of the reply is relayed. */
  onComplete(id: string): void {
    this.#finished.push(id);
    if (this.#finished.length > finishedLimit) this.#finished.shift();
    if (this.#running?.id === id) this.#running = undefined;
    this.#releaseHeld();
  }

  /**
   * The text that a joining subscriber needs. If the answer is about another attempt than the running one, its `ai_start` has not come
   * yet. It will come to every subscriber, and all chunks after it.
   *
   * @param isFirst the feed is new, so `ai_start` may be long past: the answer names the running attempt
   */
  tell(answer: ReplySoFar, isFirst: boolean): ServerFrameOf<"ai_text"> | undefined {
    if (answer.state !== "replying" || this.#finished.includes(answer.id)) return undefined;
    if (isFirst && !this.#running) {
      this.#run(answer.id, answer.attempt, saidIn(answer));
      this.#releaseHeld();
    } else if (this.#running?.id !== answer.id || this.#running.attempt !== answer.attempt) return undefined;
    return textOf(answer);
  }

  /** Whether `ai_complete` of this reply was relayed. */
  isFinished(id: string): boolean {
    return this.#finished.includes(id);
  }

  /** Requests the text from the owner, once for all subscribers, because a chunk may be lost. */
  async mend(): Promise<void> {
    if (this.#asking || this.#closed) return;
    this.#asking = true;
    this.#askedAt = performance.now();
    try {
      const answer = await this.#outputs.askOwner();
      if (answer?.state === "replying") this.#mendFrom(answer);
      else this.#dropStrange();
    } finally {
      this.#asking = false;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#askTimer);
  }

  #mendFrom(answer: Replying): void {
    const running = this.#running;
    if (running?.id === answer.id && running.attempt >= answer.attempt) {
      if (running.attempt === answer.attempt) this.#fill(running, answer);
    } else if (!this.#finished.includes(answer.id)) {
      this.#run(answer.id, answer.attempt, saidIn(answer));
      const text = textOf(answer);
      this.#outputs.text(encodeFrame(text), text);
    }
    this.#releaseHeld();
  }

  /** Each turn reads `next`: a chunk that fills a gap releases the buffered chunks after it. */
  #fill(running: Running, answer: Replying): void {
    const { chunks, from = 0, takenAt } = answer;
    if (running.next < from) return this.#tellWhole(running, answer);
    const head = new TextDecoder().decode(running.head);
    while (running.next < saidIn(answer)) {
      const n = running.next;
      // The end of the reply has the whole reasoning, so lost reasoning needs no repair.
      const part = n === takenAt ? "taking" : undefined;
      this.#emit(running, encodeChunk(head, n, chunks[n - from] ?? "", part), n);
    }
  }

  /** Stops waiting for single missing chunks. */
  #tellWhole(running: Running, answer: Replying): void {
    running.next = saidIn(answer);
    const text = textOf(answer);
    this.#outputs.text(encodeFrame(text), text);
    this.#onProgress?.();
  }

  #run(id: string, attempt: number, next: number): void {
    this.#running = { id, attempt, head: chunkHead(id, attempt), next };
  }

  #emit(running: Running, frame: Uint8Array, n: number): void {
    running.next = n + 1;
    this.#outputs.chunk(frame, { id: running.id, attempt: running.attempt, n });
    if (this.#held.length > 0) this.#releaseHeld();
    this.#onProgress?.();
  }

  /** Handles a chunk of another reply or attempt: it drops an old one, and a new one waits for its `ai_start`. */
  #onStrange(frame: Uint8Array): void {
    const chunk = decodeObject(frame) as ServerFrameOf<"ai_chunk"> | undefined;
    if (!chunk) return;
    if (isBroken("gateway.no-attempt-check")) return this.#outputs.chunk(frame, chunk);
    if (this.#isOld(chunk)) return;
    this.#hold(frame);
  }

  #isOld(chunk: { id: string; attempt: number }): boolean {
    if (this.#finished.includes(chunk.id)) return true;
    return this.#running?.id === chunk.id && chunk.attempt < this.#running.attempt;
  }

  #hold(frame: Uint8Array): void {
    if (this.#held.length >= heldLimit) this.#held.shift();
    this.#held.push(frame);
    if (this.#askTimer || this.#asking || this.#closed) return;
    // The `ai_start` or the missing chunk may be on its way, so a request now would be too early.
    const waitMs = Math.max(50, this.#askedAt + askAgainMs - performance.now());
    this.#askTimer = setTimeout(() => {
      this.#askTimer = undefined;
      if (this.#held.length > 0) void this.mend();
    }, waitMs);
  }

  /** Handles the buffered chunks again after a change. */
  #releaseHeld(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.onChunk(frame);
  }

  /** No reply is running, so chunks of an unknown reply come from a worker that lost its ownership. */
  #dropStrange(): void {
    if (this.#outputs.isBehind()) return;
    const { head } = this.#running ?? { head: frameHeads.aiStart };
    this.#held = this.#held.filter((frame) => startsWith(frame, head));
  }
}

/** How many chunks the worker has published. */
function saidIn({ chunks, from = 0 }: Replying): number {
  return from + chunks.length;
}

function textOf(answer: Replying): ServerFrameOf<"ai_text"> {
  const { id, attempt, chunks, before = "", reasoning } = answer;
  const text = before + chunks.join("");
  return { type: "ai_text", id, attempt, n: saidIn(answer) - 1, text, ...(reasoning ? { reasoning } : {}) };
}
