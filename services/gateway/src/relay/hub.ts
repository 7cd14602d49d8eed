import { formatCursor, parseCursor, timings, type ServerFrameOf, type User } from "@natter/protocol";
import { LogWindows, type LogWindowsDeps } from "./log-windows.ts";
import { Replay } from "./replay.ts";
import { SessionFeed, type FeedDeps } from "./session-feed.ts";
import type { Attempt, PacedSink, Subscriber } from "./subscriber.ts";

export type HubDeps = Omit<FeedDeps, "windows"> & LogWindowsDeps;

/** Where a subscriber begins, and what it gets first. */
export interface Joined {
  readonly epoch: string;
  readonly cursor: string;
  readonly recovered: boolean;
  readonly replies: ServerFrameOf<"ai_text">[];
}

/** What the gateway must know of the log to name the events that a subscriber missed. */
interface LogPlace {
  readonly epoch: string;
  /** The last seq of the session. */
  readonly lastSeq: number;
  readonly streamLastSeq: number;
}

/**
 * The sessions that have subscribers at this gateway. The first subscriber of a session opens its feed, and the last one closes
 * it. So a session without subscribers costs nothing.
 */
export class Hub {
  readonly #deps: HubDeps;
  readonly #windows: LogWindows;
  readonly #feeds = new Map<string, SessionFeed>();
  #timer: NodeJS.Timeout | undefined;
  #checkIsDue = false;
  #isChecking = false;
  #isStopped = false;

  constructor(deps: HubDeps) {
    this.#deps = deps;
    this.#windows = new LogWindows(deps);
  }

  /** Looks for events that the broker stored and never published live. */
  start(): void {
    const { connection, log } = this.#deps;
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
   * Adds `subscriber` to the session. It buffers frames until `catchUp` is done, so no event is lost between the replay and the
   * live events.
   *
   * @param since the cursor up to which the client has everything
   */
  async join(sessionId: string, subscriber: Subscriber, since: string | undefined): Promise<Joined> {
    const feed = this.#feeds.get(sessionId) ?? this.#newFeed(sessionId);
    this.#feeds.set(sessionId, feed);
    feed.add(subscriber);
    // From here on the subscriber buffers every frame.
    const { underway } = feed;
    try {
      return await this.#begin(feed, subscriber, { since, underway });
    } catch (error) {
      this.leave(sessionId, subscriber);
      // The whole log may be gone, and no other call may look at it soon.
      this.#checkSoon();
      throw error;
    }
  }

  /** Sends the missed events and then the live ones. Resolves when the subscriber is live or gone. @throws LogUnreadable */
  async catchUp(sessionId: string, subscriber: Subscriber, sink: PacedSink): Promise<void> {
    const deps = { log: this.#deps.log, windows: this.#windows };
    await new Replay(deps, { sessionId, subscriber, sink }).run();
  }

  leave(sessionId: string, subscriber: Subscriber): void {
    const feed = this.#feeds.get(sessionId);
    if (!feed) return;
    feed.remove(subscriber);
    if (feed.size > 0) return;
    feed.close();
    this.#feeds.delete(sessionId);
  }

  /** Sends a frame to the subscribers of the session at this gateway, except those of the user `self`. */
  tell(sessionId: string, frame: Uint8Array, self: User | undefined): void {
    this.#feeds.get(sessionId)?.deliverOther(frame, self);
  }

  /** A new epoch: no position of any subscriber is valid any more. */
  #beginAnew(): void {
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    this.#windows.clear();
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
    const { log } = this.#deps;
    await feed.open();
    // This comes before the read of the session's last seq: an empty session begins at the end of the log.
    const stream = await log.bounds();
    if (stream.epoch !== log.epoch) await log.ensure();
    // From here on the subscriber buffers what is relayed, even the end of the reply that is requested now.
    const relayedSeq = feed.lastSeq;
    const asked = feed.replySoFar();
    const lastSeq = await feed.catchUp();
    const at = { epoch: stream.epoch, lastSeq, streamLastSeq: stream.lastSeq };
    const missedAfter = await this.#missedAfter(feed.sessionId, since, at);
    const begin = missedAfter ?? (relayedSeq || lastSeq || stream.lastSeq);
    const reply = await asked;
    const running = reply && !feed.isFinished(reply.id) ? reply : undefined;
    const untold = reply ? undefined : underway;
    subscriber.startAt(
      { position: begin, owedSeq: missedAfter === undefined ? 0 : lastSeq },
      { told: reply, untold },
      {
        isBehind: () => feed.lastSeq < Math.min(subscriber.position, lastSeq),
        isFinished: (id) => feed.isFinished(id),
        sendLater: (attempt) => void feed.sendLater(subscriber, attempt),
      },
    );
    if (untold) void feed.sendLater(subscriber, untold);
    return {
      epoch: stream.epoch,
      cursor: formatCursor({ epoch: stream.epoch, seq: begin }),
      recovered: missedAfter !== undefined,
      replies: running ? [running] : [],
    };
  }

  /** The seq up to which the client has everything. `undefined` if the gateway cannot know or cannot send the missed events. */
  async #missedAfter(
    sessionId: string,
    since: string | undefined,
    { epoch, lastSeq, streamLastSeq }: LogPlace,
  ): Promise<number | undefined> {
    const wanted = since === undefined ? undefined : parseCursor(since);
    if (!wanted || wanted.epoch !== epoch || wanted.seq > Math.max(streamLastSeq, lastSeq)) return undefined;
    const after = wanted.seq;
    if (lastSeq > after && !(await this.#windows.reach(sessionId, { after, upTo: lastSeq })))
      return undefined;
    // A read skips expired events silently. So the first seq of the log is requested after the read.
    const { firstSeq } = await this.#deps.log.bounds();
    return firstSeq <= after + 1 ? after : undefined;
  }

  #newFeed(sessionId: string): SessionFeed {
    const { connection, log, logger } = this.#deps;
    return new SessionFeed(sessionId, { connection, log, logger, windows: this.#windows });
  }

  #checkSoon(): void {
    this.#checkIsDue = true;
    if (!this.#isChecking) void this.#checkAll();
  }

  /** Checks one feed after another. A failure is a failure of the broker, so the remaining feeds wait for the next check. */
  async #checkAll(): Promise<void> {
    const { connection, log, logger } = this.#deps;
    this.#isChecking = true;
    // Without a connection no check can succeed, and the reconnect starts the next one.
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
