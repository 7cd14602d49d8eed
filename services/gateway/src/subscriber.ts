import { decodeObject, frameHeads, startsWith, type CloseReason } from "@natter/protocol";

/** `chunk` frames may be joined for a slow reader. */
export type FrameKind = "durable" | "chunk" | "other";

/** Where frames go: a WebSocket or an event stream. Neither waits for its reader. */
export interface Sink {
  /** `seq` is there for durable frames. */
  send(frame: Uint8Array, kind: FrameKind, seq?: number): void;
  /** Ends the connection with a row of the close table. */
  end(reason: CloseReason): void;
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
 */
export class Subscriber {
  readonly sink: Sink;
  readonly #limitBytes: number;
  #position = 0;
  #feed: FeedPlace | undefined;
  #mayGoLive = false;
  #waiting: Waiting[] | undefined = [];
  #waitingBytes = 0;
  /** What the reader was told of the running reply when it joined; `undefined` once the chunks are past it. */
  #told: ChunkPlace | undefined;
  /** It joined in the middle of this attempt, and nobody could say what was said before: its chunks mean nothing. */
  #untold: Attempt | undefined;

  constructor(sink: Sink, limitBytes: number) {
    this.sink = sink;
    this.#limitBytes = limitBytes;
  }

  get position(): number {
    return this.#position;
  }

  deliverDurable(frame: Uint8Array, seq: number): void {
    if (!this.#waiting) return this.#sendDurable(frame, seq);
    this.#keep({ frame, kind: "durable", seq });
  }

  deliverChunk(frame: Uint8Array, chunk: ChunkPlace): void {
    this.#deliverPart(frame, "chunk", chunk);
  }

  /** The text of a running reply up to the chunk `upTo`. */
  deliverText(frame: Uint8Array, upTo: ChunkPlace): void {
    this.#deliverPart(frame, "other", upTo);
  }

  deliverOther(frame: Uint8Array): void {
    if (this.#waiting) return this.#keep({ frame, kind: "other", seq: 0 });
    this.sink.send(frame, "other");
  }

  /**
   * From here on the reader has everything up to `position`, and of the running reply what it was told. Of one that it
   * could not be told of it gets no chunk before the text: words without the first ones are no part of an answer.
   *
   * The words of a reply that was over meanwhile are not news: its end has all of them, and the first ones may
   * have been said before the reader came.
   */
  startAt(position: number, { told, untold }: Knowledge, feed: FeedPlace): void {
    this.#position = position;
    this.#told = told;
    this.#untold = untold;
    this.#feed = feed;
    const kept = this.#waiting ?? [];
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const entry of kept) if (!entry.chunk || !feed.isFinished(entry.chunk.id)) this.#keep(entry);
  }

  /** Sends what was kept and goes live, as soon as the feed is where the reader is. */
  goLive(): void {
    this.#mayGoLive = true;
    this.#goLiveIfDue();
  }

  #goLiveIfDue(): void {
    if (!this.#mayGoLive || this.#feed?.isBehind()) return;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { frame, kind, seq, chunk } of waiting) {
      if (kind === "durable") this.#sendDurable(frame, seq);
      else if (chunk) this.#deliverPart(frame, kind, chunk);
      else this.sink.send(frame, kind);
    }
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
    if (entry.kind === "durable" && entry.seq <= this.#position) this.#forgetReply(entry.frame);
    else {
      this.#waiting?.push(entry);
      this.#waitingBytes += entry.frame.length;
      if (this.#waitingBytes > this.#limitBytes) this.sink.end("too_slow");
    }
    this.#goLiveIfDue();
  }

  /** The reader has the end of this reply, so its words are none of its business any more. */
  #forgetReply(frame: Uint8Array): void {
    if (!startsWith(frame, frameHeads.aiComplete)) return;
    const id = decodeObject(frame)?.["id"];
    this.#waiting = this.#waiting?.filter(({ chunk }) => chunk?.id !== id);
  }
}

export function isSameAttempt(left: Attempt, right: Attempt): boolean {
  return left.id === right.id && left.attempt === right.attempt;
}

function isWithin(place: ChunkPlace, told: ChunkPlace): boolean {
  if (place.id !== told.id) return false;
  return place.attempt < told.attempt || (place.attempt === told.attempt && place.n <= told.n);
}
