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
import type { Subscriber } from "./subscriber.ts";

/** Where a reader begins, and what it is sent first. */
export interface Joined {
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
  #checking: NodeJS.Timeout | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** Watches for events that were stored and never went live. */
  start(): void {
    const { connection, log } = this.#parts;
    connection.onReconnect(() => this.#forEachFeed((feed) => feed.resume()));
    log.onEpoch(() => this.#beginAnew());
    this.#checking = setInterval(() => {
      if (connection.connected) void this.#forEachFeed((feed) => feed.catchUp());
    }, timings.positionCheckMs);
  }

  stop(): void {
    clearInterval(this.#checking);
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
    const known = this.#feeds.get(sessionId);
    const feed = known ?? new SessionFeed(sessionId, this.#parts);
    this.#feeds.set(sessionId, feed);
    feed.add(subscriber);
    try {
      return await this.#begin(feed, subscriber, { since, isFirst: !known });
    } catch (error) {
      this.leave(sessionId, subscriber);
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
    how: { since: string | undefined; isFirst: boolean },
  ): Promise<Joined> {
    const { log } = this.#parts;
    await feed.open();
    const asked = feed.replySoFar(how.isFirst);
    // Read before the session's last seq: an empty session begins at the end of the log.
    const bounds = await log.bounds();
    const lastSeq = await feed.catchUp();
    const { epoch } = log;
    const wanted = how.since === undefined ? undefined : parseCursor(how.since);
    const replay = await this.#missedSince(feed.sessionId, wanted, {
      epoch,
      lastSeq,
      streamLastSeq: bounds.lastSeq,
    });
    const reply = await asked;
    const begin = replay && wanted ? wanted.seq : lastSeq || bounds.lastSeq;
    subscriber.startAt(Math.max(begin, replay?.at(-1)?.seq ?? 0), reply ? [reply] : []);
    return {
      cursor: formatCursor({ epoch, seq: begin }),
      recovered: replay !== undefined,
      replies: reply ? [reply] : [],
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

  async #forEachFeed(work: (feed: SessionFeed) => Promise<unknown>): Promise<void> {
    for (const feed of this.#feeds.values()) {
      try {
        await work(feed);
      } catch (error) {
        this.#parts.logger.warn({ err: error, sessionId: feed.sessionId }, "a session could not be checked");
      }
    }
  }
}

/** Bytes that a reader may owe before it is live. */
export const joinBufferBytes: number = limits.outQueueBytes;
