import { decodeObject, frameHeads, limits, startsWith, type CloseReason, type User } from "@natter/protocol";

/** A sink may join `chunk` frames for a slow consumer. */
export type FrameKind = "durable" | "chunk" | "other";

/** Where frames go: a WebSocket or an event stream. `send` does not wait for the client. */
export interface Sink {
  /** Durable frames have a `seq`. */
  send(frame: Uint8Array, kind: FrameKind, seq?: number): void;
  /** Closes the connection with a row of the close table. */
  end(reason: CloseReason): void;
}

/** A sink that tells when its client can take more. */
export interface PacedSink extends Sink {
  readonly hasEnded: boolean;
  /** This many of the next bytes are in memory already. */
  hold(bytes: number): void;
  /** Resolves when the client can take more, or is gone. */
  drained(): Promise<void>;
}

/** The place of a chunk: which attempt at which reply, and its number. */
export interface ChunkPlace {
  readonly id: string;
  readonly attempt: number;
  readonly n: number;
}

export type Attempt = Pick<ChunkPlace, "id" | "attempt">;

/** What a joining subscriber got of the running reply. */
export interface Knowledge {
  /** The last chunk whose text it got. */
  readonly told?: ChunkPlace | undefined;
  /** The attempt whose text nobody could send. */
  readonly untold?: Attempt | undefined;
}

/** The position of the session's feed. */
export interface FeedPlace {
  /** The feed is behind the client's cursor: the client came from a gateway that had relayed more. */
  isBehind(): boolean;
  /** Whether the feed has relayed the end of this reply. */
  isFinished(replyId: string): boolean;
  /** Call this for a live subscriber that dropped chunks of this attempt before it was live: it needs the text so far. */
  sendLater(attempt: Attempt): void;
}

interface Waiting {
  readonly frame: Uint8Array;
  readonly kind: FrameKind;
  readonly seq: number;
  readonly chunk?: ChunkPlace;
}

/**
 * One connection's subscription to a session. It buffers frames until it is live; then every frame goes to its sink at once. It has a
 * position of its own, and it does not send a durable frame at or below that position.
 *
 * The buffer has a limit. Above it the subscriber drops everything that it can get again: it reads the events from the log
 * (`owedSeq`), and it requests the text of a running reply once it is live.
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
  /** The place up to which the client got the running reply at its join; `undefined` once later chunks have come. */
  #told: ChunkPlace | undefined;
  /** It joined in the middle of this attempt, and the owner did not answer. So it cannot use the chunks of this attempt. */
  #untold: Attempt | undefined;
  /** Whether `#untold` is set because this subscriber dropped the chunks. */
  #hasDropped = false;

  constructor(sink: Sink, user: User, limitBytes: number = limits.replayQueueBytes) {
    this.sink = sink;
    this.#user = user;
    this.#limitBytes = limitBytes;
  }

  /** The client has everything up to this position. */
  get position(): number {
    return this.#position;
  }

  /** The events between `position` and this seq must be read from the log. */
  get owedSeq(): number {
    return this.#owedSeq;
  }

  /** Whether the client joined as `user` with this name. */
  isUser({ id, name }: User): boolean {
    return this.#user.id === id && this.#user.name === name;
  }

  /** Buffered bytes. */
  get keptBytes(): number {
    return this.#waitingBytes;
  }

  deliverDurable(frame: Uint8Array, seq: number): void {
    if (!this.#waiting) return this.#sendDurable(frame, seq);
    this.#keep({ frame, kind: "durable", seq });
    // The buffer may hold the text that this event deletes. A replay shows the tombstone instead.
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
    // An old `typing` frame is useless.
    if (!startsWith(frame, frameHeads.typing)) this.#keep({ frame, kind: "other", seq: 0 });
  }

  /** Sends a missed event, or moves the position if the event has no frame. */
  replay(seq: number, frame?: Uint8Array): void {
    if (seq <= this.#position) return;
    this.#position = seq;
    if (!frame) return;
    this.#forgetReply(frame);
    this.sink.send(frame, "durable", seq);
  }

  /**
   * Sets what the client has: everything up to `position`, and a part of the running reply. It still needs the events up to `owedSeq`.
   * If nobody could send the text so far of a reply, the client gets no chunk before that text, because later chunks alone make no
   * sense.
   *
   * Buffered chunks of a reply that ended meanwhile are dropped: its end has the whole text, and the first chunks may have come before
   * the client joined.
   */
  startAt(place: { position: number; owedSeq: number }, { told, untold }: Knowledge, feed: FeedPlace): void {
    this.#position = place.position;
    this.#owedSeq = Math.max(this.#owedSeq, place.owedSeq);
    this.#feed = feed;
    const running = told ?? untold;
    // An earlier answer does not cover chunks that were dropped since.
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
   * Sends the buffered frames and goes live, as soon as the feed has reached the position of the client.
   *
   * @returns `false` if events must be read from the log first
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

  /** The owner's answer may be ahead of its chunks, so `#told` stays when the subscriber goes live. */
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

  /** Drops what it can get again. It keeps joins and leaves, because nobody sends them twice. */
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

  /** Drops the chunks of this reply, because the client has its end. */
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
