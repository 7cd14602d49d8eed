import {
  formatCursor,
  limits,
  parseCursor,
  timings,
  type Position,
  type ServerFrameOf,
} from "@natter/protocol";
import { readMissed } from "./replay.ts";
import { SessionFeed, type FeedParts } from "./session-feed.ts";
import type { Attempt, Subscriber } from "./subscriber.ts";

/** Where a reader begins, and what it is sent first. */
export interface Joined {
  readonly epoch: string;
  readonly cursor: string;
  readonly recovered: boolean;
  readonly replies: ServerFrameOf<"ai_text">[];
  /** Durable frames that were missed, in order. */
  readonly replay: readonly { readonly frame: Uint8Array; readonly seq: number }[];
}

/**
 * The sessions that have readers here. A session without one costs nothing: the first reader opens its feed,
 * the last one closes it.
 */
export class Hub {
  readonly #parts: FeedParts;
  readonly #feeds = new Map<string, SessionFeed>();
  #timer: NodeJS.Timeout | undefined;
  #checkIsDue = false;
  #isChecking = false;
  #isStopped = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** Watches for events that were stored and never went live. */
  start(): void {
    const { connection, log } = this.#parts;
    connection.onReconnect(() => this.#checkSoon());
    log.onEpoch(() => this.#beginAnew());
    this.#timer = setInterval(() => this.#checkSoon(), timings.positionCheckMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  get sessions(): number {
    return this.#feeds.size;
  }

  /**
   * Lets `subscriber` see the session. Frames are kept for it until `goLive`, so nothing falls between the
   * replay and what is live.
   *
   * @param since the cursor up to which the reader has everything
   */
  async join(sessionId: string, subscriber: Subscriber, since: string | undefined): Promise<Joined> {
    const feed = this.#feeds.get(sessionId) ?? new SessionFeed(sessionId, this.#parts);
    this.#feeds.set(sessionId, feed);
    feed.add(subscriber);
    // Everything that is said from here on is kept for it.
    const { underway } = feed;
    try {
      return await this.#begin(feed, subscriber, { since, underway });
    } catch (error) {
      this.leave(sessionId, subscriber);
      // The log may be gone altogether; nobody else may ask for it soon.
      this.#checkSoon();
      throw error;
    }
  }

  leave(sessionId: string, subscriber: Subscriber): void {
    const feed = this.#feeds.get(sessionId);
    if (!feed) return;
    feed.remove(subscriber);
    if (feed.size > 0) return;
    feed.close();
    this.#feeds.delete(sessionId);
  }

  /** To everybody who reads the session here, and nowhere else. */
  tell(sessionId: string, frame: Uint8Array): void {
    this.#feeds.get(sessionId)?.deliverOther(frame);
  }

  /** The numbering of events is another one: no position of any reader means anything now. */
  #beginAnew(): void {
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    for (const feed of feeds) {
      feed.endAll("resync");
      feed.close();
    }
  }

  async #begin(
    feed: SessionFeed,
    subscriber: Subscriber,
    { since, underway }: { since: string | undefined; underway: Attempt | undefined },
  ): Promise<Joined> {
    const { log } = this.#parts;
    await feed.open();
    // Read before the session's last seq: an empty session begins at the end of the log.
    const stream = await log.look();
    if (stream.epoch !== log.epoch) await log.ensure();
    // What is relayed from here on is kept for the reader, also the end of the reply that is asked for now.
    const relayedSeq = feed.lastSeq;
    const asked = feed.replySoFar();
    const lastSeq = await feed.catchUp();
    const wanted = since === undefined ? undefined : parseCursor(since);
    const replay = await this.#missedSince(feed.sessionId, wanted, {
      epoch: stream.epoch,
      lastSeq,
      streamLastSeq: stream.lastSeq,
    });
    const begin = replay && wanted ? wanted.seq : relayedSeq || lastSeq || stream.lastSeq;
    const reply = await asked;
    const running = reply && !feed.isFinished(reply.id) ? reply : undefined;
    const position = Math.max(begin, replay?.at(-1)?.seq ?? 0);
    const untold = reply ? undefined : underway;
    subscriber.startAt(
      position,
      { told: reply, untold },
      {
        isBehind: () => feed.lastSeq < Math.min(position, lastSeq),
        isFinished: (id) => feed.isFinished(id),
      },
    );
    if (untold) void feed.tellLater(subscriber, untold);
    return {
      epoch: stream.epoch,
      cursor: formatCursor({ epoch: stream.epoch, seq: begin }),
      recovered: replay !== undefined,
      replies: running ? [running] : [],
      replay: replay ?? [],
    };
  }

  /** `undefined`: it cannot be said what was missed. */
  async #missedSince(
    sessionId: string,
    since: Position | undefined,
    at: { epoch: string; lastSeq: number; streamLastSeq: number },
  ): Promise<Joined["replay"] | undefined> {
    if (!since || since.epoch !== at.epoch || since.seq > Math.max(at.streamLastSeq, at.lastSeq))
      return undefined;
    return readMissed(this.#parts.log, { sessionId, after: since.seq, upTo: at.lastSeq });
  }

  #checkSoon(): void {
    this.#checkIsDue = true;
    if (!this.#isChecking) void this.#checkAll();
  }

  /** One feed after another. A failure is the broker's, not a session's, so what is left is not tried in vain. */
  async #checkAll(): Promise<void> {
    const { connection, log, logger } = this.#parts;
    this.#isChecking = true;
    // Without a connection there is nothing to ask, and the reconnect asks for the next check.
    while (this.#checkIsDue && connection.connected && !this.#isStopped) {
      this.#checkIsDue = false;
      try {
        await log.ensure();
        for (const feed of this.#feeds.values()) await feed.resume();
      } catch (error) {
        logger.warn({ err: error }, "the sessions could not be checked");
        this.#checkIsDue = true;
        await new Promise((resolve) => setTimeout(resolve, checkAgainMs).unref());
      }
    }
    this.#isChecking = false;
  }
}

const checkAgainMs = 1_000;

/** Bytes that a reader may owe before it is live. */
export const joinBufferBytes: number = limits.outQueueBytes;
