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
 * One session as this gateway sees it: one core subscription, relayed to every reader here. It keeps no text
 * and no state beyond the last seq: what is lost on the way is read back from the log before anybody can see
 * a hole.
 */
export class SessionFeed {
  readonly sessionId: string;
  readonly #deps: FeedDeps;
  readonly #subscribers = new Set<Subscriber>();
  readonly #reply: ReplyFeed;
  #subscription: Subscription | undefined;
  /** The session's last event that was worked on, and the last one that readers got. */
  #last = 0;
  #sent = 0;
  #opened: Promise<void> | undefined;
  /**
   * While one durable event is worked on, every later one waits. Chunks do not: those of a reply whose `ai_start`
   * is among what waits are held until it is relayed, and an `ai_complete` waits for its last ones.
   */
  #busy = true;
  readonly #waiting: LiveEvent[] = [];
  readonly #owner: ReplyOwner;
  /** Whether the owner of a running reply was asked since this feed began. */
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

  /** The last event that was relayed here. */
  get lastSeq(): number {
    return this.#last;
  }

  add(subscriber: Subscriber): void {
    this.#subscribers.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** Subscribes, and resolves when the broker knows. Readers that join at the same time share it. */
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

  /** Relays what the log has and this feed has not, and says what the session's last seq is: the leader's word. */
  async catchUp(): Promise<number> {
    const { log } = this.#deps;
    const last = await log.last(this.sessionId);
    if (last && last.seq > this.#last)
      this.#enqueue({ bytes: last.bytes, seq: last.seq, lastSeq: unknownSeq });
    // Events expire; or the numbering began anew, which the epoch tells.
    else if ((last?.seq ?? 0) < this.#last) await log.ensure();
    return last?.seq ?? 0;
  }

  /** What the owner of a running reply has said so far, for one who joins. The first one to join cannot know of any. */
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

  /** The running attempt, if some of it was said already. */
  get underway(): Attempt | undefined {
    return this.#reply.underway;
  }

  /** The owner was silent when the reader joined: it is asked again as long as the attempt is running. */
  async sendLater(subscriber: Subscriber, untold: Attempt): Promise<void> {
    const isHere = (): boolean => !this.#closed && this.#subscribers.has(subscriber);
    logUnsent(this.#deps.logger, this.sessionId, untold);
    await sendLater(subscriber, untold, { owner: this.#owner, reply: this.#reply, isHere });
  }

  /** Events and chunks may have been missed. */
  async resume(): Promise<void> {
    if (this.#closed) return;
    await this.catchUp();
    if (this.#reply.isRunning) void this.#reply.mend();
  }

  /** What is not of the log. Those who are `self` know it already. */
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
    // What came live in the meantime has waited for this.
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
    // The common case ends in this turn: the session's next event, which is neither an answer nor after a loss.
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
      // Already read from the log; or the numbering began anew, which the epoch tells.
      await this.#deps.log.ensure();
      return;
    }
    if (event.lastSeq !== this.#last && !isBroken("gateway.no-gap-repair")) await this.#repair(event);
    await this.#relayWhole(event.bytes, event.seq);
  }

  /** Relays what lies between the last event and this one. Nothing there is no error: it may have expired. */
  async #repair(event: LiveEvent): Promise<void> {
    await this.#deps.log.ensure();
    for (let missed = await this.#missed(event); missed; missed = await this.#missed(event)) {
      // Its last words were before it, or are lost with it: waiting for them, each time anew, would only make all
      // that comes after it late.
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

  /** @param waited for the last words of the reply that it may be the end of */
  #relay(bytes: Uint8Array, seq: number, waited: boolean): void {
    this.#deps.windows.heard(this.sessionId, { seq, prev: this.#last, bytes });
    // Also for what is no frame: who looks for the event after it must not find it again.
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

  /** Not relayed now, but not lost: the next event finds the gap, or the log is asked again in a moment. */
  #tryLater(error: unknown): void {
    this.#deps.logger.warn({ err: error, sessionId: this.sessionId }, "the log cannot be read");
    if (this.#retryTimer || this.#closed) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.resume().catch((again: unknown) => this.#tryLater(again));
    }, retryMs);
  }
}
