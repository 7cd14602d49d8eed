import { decodeObject, frameHeads, limits, startsWith, type CloseReason, type User } from "@natter/protocol";

/** `chunk` frames may be joined for a slow reader. */
export type FrameKind = "durable" | "chunk" | "other";

/** Where frames go: a WebSocket or an event stream. Neither waits for its reader. */
export interface Sink {
  /** `seq` is there for durable frames. */
  send(frame: Uint8Array, kind: FrameKind, seq?: number): void;
  /** Ends the connection with a row of the close table. */
  end(reason: CloseReason): void;
}

/** A sink that says when its reader can take more. */
export interface PacedSink extends Sink {
  readonly hasEnded: boolean;
  /** So many bytes that come next are in memory already. */
  hold(bytes: number): void;
  /** Resolves when the reader may be sent more, or is gone. */
  drained(): Promise<void>;
}

/** The place of a chunk: which attempt at which reply, and its number. */
export interface ChunkPlace {
  readonly id: string;
  readonly attempt: number;
  readonly n: number;
}

export type Attempt = Pick<ChunkPlace, "id" | "attempt">;

/** What a reader that joins knows of the running reply. */
export interface Knowledge {
  /** What it was told of it. */
  readonly told?: ChunkPlace | undefined;
  /** What it could not be told of. */
  readonly untold?: Attempt | undefined;
}

/** How far the session's feed is. */
export interface FeedPlace {
  /** It has yet to relay what the reader has: another gateway may have shown the reader more than this one heard. */
  isBehind(): boolean;
  /** It has relayed the end of this reply. */
  isFinished(replyId: string): boolean;
  /** The reader lives, and words of this attempt were dropped while it did not: it wants to be told what was said. */
  sendLater(attempt: Attempt): void;
}

interface Waiting {
  readonly frame: Uint8Array;
  readonly kind: FrameKind;
  readonly seq: number;
  readonly chunk?: ChunkPlace;
}

/**
 * One reader of a session. Until it is live, what happens is kept for it; afterwards every frame goes to its
 * sink at once. It has its own position: a durable frame at or below it is not sent.
 *
 * Only so much is kept. When it becomes more, everything is dropped that can be had again: the events are read from
 * the log (`owedSeq`), and the words of a running reply are asked for once the reader is live.
 */
export class Subscriber {
  readonly sink: Sink;
  readonly #user: User;
  readonly #limitBytes: number;
  #position = 0;
  #owedSeq = 0;
  #feed: FeedPlace | undefined;
  #mayGoLive = false;
  #waiting: Waiting[] | undefined = [];
  #waitingBytes = 0;
  /** What the reader was told of the running reply when it joined; `undefined` once the chunks are past it. */
  #told: ChunkPlace | undefined;
  /** It joined in the middle of this attempt, and nobody could say what was said before: its chunks mean nothing. */
  #untold: Attempt | undefined;
  /** Whether `#untold` is so because its words were dropped here. */
  #hasDropped = false;

  constructor(sink: Sink, user: User, limitBytes: number = limits.replayQueueBytes) {
    this.sink = sink;
    this.#user = user;
    this.#limitBytes = limitBytes;
  }

  /** The reader has everything up to here. */
  get position(): number {
    return this.#position;
  }

  /** What lies between `position` and this has to be read from the log. */
  get owedSeq(): number {
    return this.#owedSeq;
  }

  /** Whether the reader came as `user`, under this very name. */
  isUser({ id, name }: User): boolean {
    return this.#user.id === id && this.#user.name === name;
  }

  /** Bytes that are kept for the reader. */
  get keptBytes(): number {
    return this.#waitingBytes;
  }

  deliverDurable(frame: Uint8Array, seq: number): void {
    if (!this.#waiting) return this.#sendDurable(frame, seq);
    this.#keep({ frame, kind: "durable", seq });
    // What is kept may hold the text that is deleted here. A replay shows it without.
    if (this.#waiting && startsWith(frame, frameHeads.messageDeleted)) this.#drop(this.#waiting);
  }

  deliverChunk(frame: Uint8Array, chunk: ChunkPlace): void {
    this.#deliverPart(frame, "chunk", chunk);
  }

  /** The text of a running reply up to the chunk `upTo`. */
  deliverText(frame: Uint8Array, upTo: ChunkPlace): void {
    this.#deliverPart(frame, "other", upTo);
  }

  deliverOther(frame: Uint8Array): void {
    if (!this.#waiting) return this.sink.send(frame, "other");
    // Who typed a while ago is no news.
    if (!startsWith(frame, frameHeads.typing)) this.#keep({ frame, kind: "other", seq: 0 });
  }

  /** An event that the reader missed, or its place if it gets no frame of it. */
  replay(seq: number, frame?: Uint8Array): void {
    if (seq <= this.#position) return;
    this.#position = seq;
    if (!frame) return;
    this.#forgetReply(frame);
    this.sink.send(frame, "durable", seq);
  }

  /**
   * From here on the reader has everything up to `position`, and of the running reply what it was told. It is owed what
   * the log has up to `owedSeq`. Of a reply that it could not be told of it gets no chunk before the text: words
   * without the first ones are no part of an answer.
   *
   * The words of a reply that was over meanwhile are not news: its end has all of them, and the first ones may
   * have been said before the reader came.
   */
  startAt(place: { position: number; owedSeq: number }, { told, untold }: Knowledge, feed: FeedPlace): void {
    this.#position = place.position;
    this.#owedSeq = Math.max(this.#owedSeq, place.owedSeq);
    this.#feed = feed;
    const running = told ?? untold;
    // What was dropped since cannot be told with what was asked for before.
    const isDropped = this.#hasDropped && this.#untold && running && isSameAttempt(running, this.#untold);
    if (!isDropped) {
      this.#hasDropped = false;
      this.#told = told;
      this.#untold = untold;
    }
    const kept = this.#waiting ?? [];
    this.#setWaiting([]);
    for (const entry of kept) if (!entry.chunk || !feed.isFinished(entry.chunk.id)) this.#keep(entry);
  }

  /**
   * Sends what was kept and goes live, as soon as the feed is where the reader is.
   *
   * @returns `false` if something has to be read from the log before
   */
  goLive(): boolean {
    if (this.#owedSeq > this.#position) return false;
    this.#mayGoLive = true;
    this.#goLiveIfDue();
    return true;
  }

  #goLiveIfDue(): void {
    if (!this.#mayGoLive || this.#feed?.isBehind()) return;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    for (const entry of waiting) this.#pass(entry);
    if (this.#hasDropped && this.#untold) this.#feed?.sendLater(this.#untold);
  }

  /** The owner's answer may be ahead of its chunks, so what was told is not over when the reader goes live. */
  #deliverPart(frame: Uint8Array, kind: FrameKind, place: ChunkPlace): void {
    if (this.#waiting) return this.#keep({ frame, kind, seq: 0, chunk: place });
    if (this.#untold && isSameAttempt(place, this.#untold)) {
      if (kind === "chunk") return;
      this.#untold = undefined;
      this.#told = place;
      return this.sink.send(frame, kind);
    }
    if (this.#told) {
      if (isWithin(place, this.#told)) return;
      this.#told = undefined;
    }
    this.sink.send(frame, kind);
  }

  #sendDurable(frame: Uint8Array, seq: number): void {
    if (seq <= this.#position) return;
    this.#position = seq;
    this.sink.send(frame, "durable", seq);
  }

  #keep(entry: Waiting): void {
    if (entry.kind === "durable" && entry.seq <= this.#position) {
      this.#forgetReply(entry.frame);
      return this.#goLiveIfDue();
    }
    this.#goLiveIfDue();
    const waiting = this.#waiting;
    if (!waiting) return this.#pass(entry);
    if (entry.kind === "chunk" && this.#hasDropped && this.#isUntold(entry)) return;
    waiting.push(entry);
    this.#waitingBytes += entry.frame.length;
    if (this.#waitingBytes > this.#limitBytes) this.#drop(waiting);
  }

  #pass({ frame, kind, seq, chunk }: Waiting): void {
    if (kind === "durable") this.#sendDurable(frame, seq);
    else if (chunk) this.#deliverPart(frame, kind, chunk);
    else this.sink.send(frame, kind);
  }

  /** Drops what can be had again. Of who came and went nobody tells again, so that stays. */
  #drop(waiting: readonly Waiting[]): void {
    const left: Waiting[] = [];
    for (const entry of waiting) {
      if (entry.kind === "durable") this.#owedSeq = Math.max(this.#owedSeq, entry.seq);
      else if (!entry.chunk) left.push(entry);
      else {
        this.#untold = entry.chunk;
        this.#told = undefined;
        this.#hasDropped = true;
      }
    }
    this.#setWaiting(left);
    if (this.#waitingBytes > limits.outQueueBytes) this.sink.end("too_slow");
  }

  /** The reader has the end of this reply, so its words are none of its business any more. */
  #forgetReply(frame: Uint8Array): void {
    if (!startsWith(frame, frameHeads.aiComplete)) return;
    const id = decodeObject(frame)?.["id"];
    if (this.#waiting) this.#setWaiting(this.#waiting.filter(({ chunk }) => chunk?.id !== id));
  }

  #setWaiting(waiting: Waiting[]): void {
    this.#waiting = waiting;
    this.#waitingBytes = waiting.reduce((sum, { frame }) => sum + frame.length, 0);
  }

  #isUntold({ chunk }: Waiting): boolean {
    return chunk !== undefined && this.#untold !== undefined && isSameAttempt(chunk, this.#untold);
  }
}

export function isSameAttempt(left: Attempt, right: Attempt): boolean {
  return left.id === right.id && left.attempt === right.attempt;
}

function isWithin(place: ChunkPlace, told: ChunkPlace): boolean {
  if (place.id !== told.id) return false;
  return place.attempt < told.attempt || (place.attempt === told.attempt && place.n <= told.n);
}
