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

/** What the feed needs from its session. */
export interface ReplyFeedOutputs {
  chunk(frame: Uint8Array, place: ChunkPlace): void;
  text(frame: Uint8Array, place: ChunkPlace): void;
  /** The owner's answer; `undefined` if nobody replies or nobody answered. */
  askOwner(): Promise<ReplySoFar | undefined>;
  /** Whether durable events wait, among them perhaps the `ai_start` of a reply that is over already. */
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
 * The chunks of the session's running reply, each once and in order. The hot path compares bytes: only a
 * chunk that does not belong to the running attempt is parsed.
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

  /** Whether a reply is running, as far as is known here. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The running attempt, if some of it was relayed already. */
  get underway(): Attempt | undefined {
    return this.#running && this.#running.next > 0 ? this.#running : undefined;
  }

  /** How many chunks of an attempt were relayed, as far as is known here. */
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

  /** `ai_start` was relayed. */
  onStart(start: { id: string; attempt: number }): void {
    if (this.#finished.includes(start.id)) return;
    const running = this.#running;
    if (running?.id === start.id && running.attempt >= start.attempt) return;
    this.#run(start.id, start.attempt, 0);
    this.#releaseHeld();
  }

  /**
   * `ai_complete` is about to be relayed. In a cluster it overtakes its last chunks: resolves when they are
   * here, at the latest after 250 ms.
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

  /** `ai_complete` was relayed: nothing more of this reply goes to anybody. */
  onComplete(id: string): void {
    this.#finished.push(id);
    if (this.#finished.length > finishedLimit) this.#finished.shift();
    if (this.#running?.id === id) this.#running = undefined;
    this.#releaseHeld();
  }

  /**
   * What one who joins has to be told. An answer about another attempt than the running one is ahead of its
   * `ai_start`, which comes to everybody, and with it the chunks from the first one.
   *
   * @param isFirst nothing is known here yet, so `ai_start` may be long past: the answer says what is running
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

  /** Something may have been lost: asks the owner, once for all readers. */
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

  /** `next` is read in every turn: a chunk that fills a hole takes the held ones after it along. */
  #fill(running: Running, answer: Replying): void {
    const { chunks, from = 0, takenAt } = answer;
    if (running.next < from) return this.#tellWhole(running, answer);
    const head = new TextDecoder().decode(running.head);
    while (running.next < saidIn(answer)) {
      const n = running.next;
      // Reasoning that was lost on the way is made up for by the end of the reply, which has all of it.
      const part = n === takenAt ? "taking" : undefined;
      this.#emit(running, encodeChunk(head, n, chunks[n - from] ?? "", part), n);
    }
  }

  /** The chunks that are missing are not told one by one any more. */
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

  /** A chunk of another reply or attempt: an old one is dropped, a new one waits for its `ai_start`. */
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
    // Its `ai_start` or the missing chunk may be on its way; asking at once would be asking in vain.
    const waitMs = Math.max(50, this.#askedAt + askAgainMs - performance.now());
    this.#askTimer = setTimeout(() => {
      this.#askTimer = undefined;
      if (this.#held.length > 0) void this.mend();
    }, waitMs);
  }

  /** Looks through the held chunks again, after something changed. */
  #releaseHeld(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.onChunk(frame);
  }

  /** Nobody replies, so chunks of an unknown reply are those of a worker that lost it. */
  #dropStrange(): void {
    if (this.#outputs.isBehind()) return;
    const { head } = this.#running ?? { head: frameHeads.aiStart };
    this.#held = this.#held.filter((frame) => startsWith(frame, head));
  }
}

/** How many chunks were said. */
function saidIn({ chunks, from = 0 }: Replying): number {
  return from + chunks.length;
}

function textOf(answer: Replying): ServerFrameOf<"ai_text"> {
  const { id, attempt, chunks, before = "", reasoning } = answer;
  const text = before + chunks.join("");
  return { type: "ai_text", id, attempt, n: saidIn(answer) - 1, text, ...(reasoning ? { reasoning } : {}) };
}
