import {
  placeOf,
  type Connection,
  type LivePlace,
  type Msg,
  type SessionLog,
  type StoredEvent,
  type Subscription,
} from "@natter/session-log";
import {
  decodeObject,
  frameHeads,
  isSpliceable,
  spliceSequence,
  startsWith,
  subjects,
  type CloseReason,
  type LogEventOf,
  type ServerFrameOf,
  type User,
} from "@natter/protocol";
import { isBroken, type Logger } from "@natter/runtime";
import { ReplyFeed } from "./reply-feed.ts";
import { ReplyOwner } from "./reply-owner.ts";
import type { LogWindows } from "./log-windows.ts";
import { logMissedText, logUnsent, sendLater } from "./missed-text.ts";
import type { Attempt, Subscriber } from "./subscriber.ts";

export interface FeedDeps {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly logger: Logger;
  readonly windows: Pick<LogWindows, "heard">;
}

interface LiveEvent extends LivePlace {
  readonly bytes: Uint8Array;
}

const unknownSeq = -1;
const retryMs = 1_000;

/**
 * One session at this gateway: one core subscription, relayed to every subscriber. The feed holds no text, and no state but the last
 * seq. When it finds a gap, it reads the missing events from the log before it relays the next one.
 */
export class SessionFeed {
  readonly sessionId: string;
  readonly #deps: FeedDeps;
  readonly #subscribers = new Set<Subscriber>();
  readonly #reply: ReplyFeed;
  #subscription: Subscription | undefined;
  /** The session's last handled event, and the last one that subscribers got. */
  #last = 0;
  #sent = 0;
  #opened: Promise<void> | undefined;
  /**
   * Later durable events wait while one is handled. Chunks do not wait in this queue: the reply feed buffers chunks until their
   * `ai_start` is relayed, and `ai_complete` waits for its trailing chunks.
   */
  #busy = true;
  readonly #waiting: LiveEvent[] = [];
  readonly #owner: ReplyOwner;
  /** Whether this feed has requested the text of a running reply from its owner. */
  #hasAsked = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(sessionId: string, deps: FeedDeps) {
    this.sessionId = sessionId;
    this.#deps = deps;
    this.#owner = new ReplyOwner(deps.connection, sessionId);
    this.#reply = new ReplyFeed({
      chunk: (frame, place) => {
        for (const subscriber of this.#subscribers) subscriber.deliverChunk(frame, place);
      },
      text: (frame, upTo) => {
        for (const subscriber of this.#subscribers) subscriber.deliverText(frame, upTo);
      },
      askOwner: () => this.#owner.ask(),
      isBehind: () => this.#busy,
    });
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** The last event that this feed relayed. */
  get lastSeq(): number {
    return this.#last;
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** Subscribes, and resolves when the broker has the subscription. Subscribers that join at the same time share it. */
  async open(): Promise<void> {
    this.#opened ??= this.#subscribe();
    await this.#opened;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    this.#subscription?.unsubscribe();
    this.#reply.close();
  }

  /** Relays the events that the log has after this feed's position. Returns the session's last seq, as the stream's leader states it. */
  async catchUp(): Promise<number> {
    const { log } = this.#deps;
    const last = await log.last(this.sessionId);
    if (last && last.seq > this.#last)
      this.#enqueue({ bytes: last.bytes, seq: last.seq, lastSeq: unknownSeq });
    // Events expire, or a new epoch began.
    else if ((last?.seq ?? 0) < this.#last) await log.ensure();
    return last?.seq ?? 0;
  }

  /** The text so far of the running reply, for a joining subscriber. */
  async replySoFar(): Promise<ServerFrameOf<"ai_text"> | undefined> {
    if (this.#hasAsked && !this.#reply.isRunning) return undefined;
    const answer = await this.#owner.askAnew();
    const isFirst = !this.#hasAsked;
    this.#hasAsked = true;
    return answer && this.#reply.tell(answer, isFirst);
  }

  isFinished(replyId: string): boolean {
    return this.#reply.isFinished(replyId);
  }

  /** The running attempt, if a chunk of it was published. */
  get underway(): Attempt | undefined {
    return this.#reply.underway;
  }

  /** Requests the text again while the attempt runs, because the owner did not answer when the subscriber joined. */
  async sendLater(subscriber: Subscriber, untold: Attempt): Promise<void> {
    const isHere = (): boolean => !this.#closed && this.#subscribers.has(subscriber);
    logUnsent(this.#deps.logger, this.sessionId, untold);
    await sendLater(subscriber, untold, { owner: this.#owner, reply: this.#reply, isHere });
  }

  /** Call this when events or chunks may have been missed. */
  async resume(): Promise<void> {
    if (this.#closed) return;
    await this.catchUp();
    if (this.#reply.isRunning) void this.#reply.mend();
  }

  /** Relays a frame that is not in the log, except to the user `self`. */
  deliverOther(frame: Uint8Array, self?: User): void {
    for (const subscriber of this.#subscribers)
      if (!self || !subscriber.isUser(self)) subscriber.deliverOther(frame);
  }

  endAll(reason: CloseReason): void {
    for (const subscriber of this.#subscribers) subscriber.sink.end(reason);
  }

  async #subscribe(): Promise<void> {
    const { connection, log } = this.#deps;
    this.#subscription = connection.subscribe(subjects.live(this.sessionId), (message) =>
      this.#onMessage(message),
    );
    await connection.flush();
    const last = await log.last(this.sessionId);
    this.#last = last?.seq ?? 0;
    this.#sent = this.#last;
    // Live events that came meanwhile have waited for this.
    await this.#workOff();
  }

  #onMessage(message: Msg): void {
    const bytes = message.data;
    if (startsWith(bytes, frameHeads.aiChunk)) return this.#reply.onChunk(bytes);
    const place = placeOf(message);
    if (place) {
      this.#enqueue({ bytes, ...place });
    } else if (startsWith(bytes, frameHeads.nudge)) {
      this.#onPoke(bytes);
    } else if (isSpliceable(bytes)) {
      this.deliverOther(bytes);
    }
  }

  #onPoke(bytes: Uint8Array): void {
    const seq = decodeObject(bytes)?.["seq"];
    if (typeof seq === "number" && seq > this.#last)
      this.catchUp().catch((error: unknown) => this.#tryLater(error));
  }

  #enqueue(event: LiveEvent): void {
    if (this.#busy) {
      this.#waiting.push(event);
      return;
    }
    // The common case ends in this turn: the session's next event, which is no reply and follows no gap.
    if (this.#isNext(event) && !startsWith(event.bytes, frameHeads.aiComplete))
      this.#relay(event.bytes, event.seq, false);
    else {
      this.#waiting.push(event);
      void this.#workOff();
    }
  }

  #isNext(event: LiveEvent): boolean {
    return event.lastSeq === this.#last && event.seq > this.#last;
  }

  async #workOff(): Promise<void> {
    this.#busy = true;
    for (let event = this.#waiting.shift(); event && !this.#closed; event = this.#waiting.shift()) {
      await this.#relayInOrder(event).catch((error: unknown) => this.#tryLater(error));
    }
    this.#busy = false;
  }

  async #relayInOrder(event: LiveEvent): Promise<void> {
    if (event.seq <= this.#last) {
      // The event was read from the log already, or a new epoch began.
      await this.#deps.log.ensure();
      return;
    }
    if (event.lastSeq !== this.#last && !isBroken("gateway.no-gap-repair")) await this.#repair(event);
    await this.#relayWhole(event.bytes, event.seq);
  }

  /** Relays the events between the last event and this one. It is no error if there are none: they may have expired. */
  async #repair(event: LiveEvent): Promise<void> {
    await this.#deps.log.ensure();
    for (let missed = await this.#missed(event); missed; missed = await this.#missed(event)) {
      // The trailing chunks were relayed already or are lost. Every wait for them would delay all later events.
      this.#relay(missed.bytes, missed.seq, false);
    }
  }

  async #missed(event: LiveEvent): Promise<StoredEvent | undefined> {
    const next = await this.#deps.log.next(this.sessionId, this.#last + 1);
    return next && next.seq < event.seq ? next : undefined;
  }

  async #relayWhole(bytes: Uint8Array, seq: number): Promise<void> {
    if (startsWith(bytes, frameHeads.aiComplete)) {
      const complete = decodeObject(bytes) as LogEventOf<"ai_complete"> | undefined;
      if (complete) await this.#reply.beforeComplete(complete);
    }
    this.#relay(bytes, seq, true);
  }

  /** @param waited whether the feed waited for trailing chunks; it does not during gap repair */
  #relay(bytes: Uint8Array, seq: number, waited: boolean): void {
    this.#deps.windows.heard(this.sessionId, { seq, prev: this.#last, bytes });
    // This counts bytes that are no frame as well: the next read must not find them again.
    this.#last = seq;
    if (!isSpliceable(bytes)) {
      this.#deps.logger.warn({ sessionId: this.sessionId, seq }, "an event of the log is not a frame");
      return;
    }
    const frame = spliceSequence(bytes, { seq, prev: this.#sent });
    this.#sent = seq;
    for (const subscriber of this.#subscribers) subscriber.deliverDurable(frame, seq);
    if (startsWith(bytes, frameHeads.aiStart)) this.#onStart(bytes);
    else if (startsWith(bytes, frameHeads.aiComplete)) this.#onComplete(bytes, waited);
    else if (startsWith(bytes, frameHeads.sessionDeleted)) this.endAll("session_deleted");
  }

  #onStart(bytes: Uint8Array): void {
    const start = decodeObject(bytes) as LogEventOf<"ai_start"> | undefined;
    if (start) this.#reply.onStart(start);
  }

  #onComplete(bytes: Uint8Array, waited: boolean): void {
    const complete = decodeObject(bytes) as LogEventOf<"ai_complete"> | undefined;
    if (!complete) return;
    const said = this.#reply.saidOf(complete);
    logMissedText(this.#deps.logger, this.sessionId, { complete, said, waited });
    this.#reply.onComplete(complete.id);
  }

  /** The events are not relayed now, and they are not lost: the next event finds the gap, or the feed reads the log again soon. */
  #tryLater(error: unknown): void {
    this.#deps.logger.warn({ err: error, sessionId: this.sessionId }, "the log cannot be read");
    if (this.#retryTimer || this.#closed) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.resume().catch((again: unknown) => this.#tryLater(again));
    }, retryMs);
  }
}
