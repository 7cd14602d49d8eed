import { placeOf, type Connection, type Msg, type SessionLog, type Subscription } from "@natter/session-log";
import {
  decodeObject,
  frameHeads,
  isSpliceable,
  spliceSequence,
  startsWith,
  subjects,
  type CloseReason,
  type ServerFrameOf,
  type User,
} from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import { EventOrder, type OrderedEvent } from "./event-order.ts";
import type { LogWindows } from "./log-windows.ts";
import { SessionReply } from "./session-reply.ts";
import type { Attempt, Subscriber } from "./subscriber.ts";

export interface FeedDeps {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly logger: Logger;
  readonly windows: Pick<LogWindows, "heard">;
}

/**
 * One session at this gateway: one core subscription, relayed to every subscriber. The feed holds no text, and no state but the last
 * seq. Chunks do not wait for durable events: the reply feed buffers chunks until their `ai_start` is relayed, and `ai_complete`
 * waits for its trailing chunks.
 */
export class SessionFeed {
  readonly sessionId: string;
  readonly #deps: FeedDeps;
  readonly #subscribers = new Set<Subscriber>();
  readonly #reply: SessionReply;
  #subscription: Subscription | undefined;
  readonly #order: EventOrder;
  /** The last event that subscribers got. */
  #sent = 0;
  #opened: Promise<void> | undefined;
  #closed = false;

  constructor(sessionId: string, deps: FeedDeps) {
    this.sessionId = sessionId;
    this.#deps = deps;
    this.#order = new EventOrder({
      ...deps,
      sessionId,
      relay: (event) => this.#relay(event),
      beforeComplete: async (bytes) => this.#reply.beforeComplete(bytes),
      resume: async () => this.resume(),
    });
    this.#reply = new SessionReply({
      ...deps,
      sessionId,
      chunk: (frame, place) => {
        for (const subscriber of this.#subscribers) subscriber.deliverChunk(frame, place);
      },
      text: (frame, upTo) => {
        for (const subscriber of this.#subscribers) subscriber.deliverText(frame, upTo);
      },
      isBehind: () => this.#order.isBusy,
    });
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** The last event that this feed relayed. */
  get lastSeq(): number {
    return this.#order.lastSeq;
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
    this.#order.close();
    this.#subscription?.unsubscribe();
    this.#reply.close();
  }

  /** Relays the events that the log has after this feed's position. Returns the session's last seq, as the stream's leader states it. */
  async catchUp(): Promise<number> {
    return this.#order.catchUp();
  }

  /** The text so far of the running reply, for a joining subscriber. */
  async replySoFar(): Promise<ServerFrameOf<"ai_text"> | undefined> {
    return this.#reply.soFar();
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
    await this.#reply.sendLater(subscriber, untold, isHere);
  }

  /** Call this when events or chunks may have been missed. */
  async resume(): Promise<void> {
    if (this.#closed) return;
    await this.catchUp();
    this.#reply.mend();
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
    this.#sent = last?.seq ?? 0;
    await this.#order.start(this.#sent);
  }

  #onMessage(message: Msg): void {
    const bytes = message.data;
    if (startsWith(bytes, frameHeads.aiChunk)) return this.#reply.onChunk(bytes);
    const place = placeOf(message);
    if (place) {
      this.#order.add({ bytes, ...place });
    } else if (startsWith(bytes, frameHeads.nudge)) {
      this.#onNudge(bytes);
    } else if (isSpliceable(bytes)) {
      this.deliverOther(bytes);
    }
  }

  #onNudge(bytes: Uint8Array): void {
    const seq = decodeObject(bytes)?.["seq"];
    if (typeof seq === "number") this.#order.onNudge(seq);
  }

  #relay({ bytes, seq, prev, waited }: OrderedEvent): void {
    this.#deps.windows.heard(this.sessionId, { seq, prev, bytes });
    if (!isSpliceable(bytes)) {
      this.#deps.logger.warn({ sessionId: this.sessionId, seq }, "an event of the log is not a frame");
      return;
    }
    const frame = spliceSequence(bytes, { seq, prev: this.#sent });
    this.#sent = seq;
    for (const subscriber of this.#subscribers) subscriber.deliverDurable(frame, seq);
    if (startsWith(bytes, frameHeads.aiStart)) this.#reply.onStart(bytes);
    else if (startsWith(bytes, frameHeads.aiComplete)) this.#reply.onComplete(bytes, waited);
    else if (startsWith(bytes, frameHeads.sessionDeleted)) this.endAll("session_deleted");
  }
}
