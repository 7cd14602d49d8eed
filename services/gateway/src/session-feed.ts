import type { Connection, Msg, SessionLog, StoredEvent, Subscription } from "@natter/broker";
import {
  decodeObject,
  frameHeads,
  isSpliceable,
  republishHeaders,
  spliceSequence,
  startsWith,
  subjects,
  timings,
  type CloseReason,
  type LogEventOf,
  type ReplySoFar,
  type ServerFrameOf,
} from "@natter/protocol";
import type { Logger } from "@natter/service";
import { ReplyFeed } from "./reply-feed.ts";
import type { Subscriber } from "./subscriber.ts";

export interface FeedParts {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly logger: Logger;
}

interface LiveEvent {
  readonly bytes: Uint8Array;
  readonly seq: number;
  /** The session's event before this one, by the broker. 0 also after an expiry or a purge. */
  readonly lastSeq: number;
}

/**
 * One session as this gateway sees it: one core subscription, relayed to every reader here. It keeps no text
 * and no state beyond the last seq: what is lost on the way is read back from the log before anybody can see
 * a hole.
 */
export class SessionFeed {
  readonly sessionId: string;
  readonly #parts: FeedParts;
  readonly #subscribers = new Set<Subscriber>();
  readonly #reply: ReplyFeed;
  #subscription: Subscription | undefined;
  #last = 0;
  #opened: Promise<void> | undefined;
  /** While one durable event is worked on, every later one waits; during a repair the chunks wait, too. */
  #busy = true;
  #repairing = true;
  readonly #waiting: (LiveEvent | Uint8Array)[] = [];
  #question: Promise<ReplySoFar | undefined> | undefined;

  constructor(sessionId: string, parts: FeedParts) {
    this.sessionId = sessionId;
    this.#parts = parts;
    this.#reply = new ReplyFeed({
      chunk: (frame, place) => {
        for (const subscriber of this.#subscribers) subscriber.deliverChunk(frame, place);
      },
      text: (frame) => this.#deliverOther(frame),
      askOwner: () => this.#askOwner(),
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
    this.#subscription?.unsubscribe();
    this.#reply.close();
  }

  /** Relays what the log has and this feed has not, and says what the session's last seq is: the leader's word. */
  async catchUp(): Promise<number> {
    const last = await this.#parts.log.last(this.sessionId);
    if (last && last.seq > this.#last) this.#enqueue({ bytes: last.bytes, seq: last.seq, lastSeq: 0 });
    return last?.seq ?? 0;
  }

  /**
   * What the owner of a running reply has said so far, for one who joins.
   *
   * @param always ask also if nothing is known to be running: the first one to join cannot know
   */
  async replySoFar(always: boolean): Promise<ServerFrameOf<"ai_text"> | undefined> {
    if (!always && !this.#reply.isRunning) return undefined;
    const answer = await this.#askOwner();
    return answer && this.#reply.adopt(answer);
  }

  /** After a reconnect: events and chunks may have been missed. */
  async resume(): Promise<void> {
    await this.catchUp();
    if (this.#reply.isRunning) await this.#reply.mend();
  }

  endAll(reason: CloseReason): void {
    for (const subscriber of this.#subscribers) subscriber.sink.end(reason);
  }

  async #subscribe(): Promise<void> {
    const { connection, log } = this.#parts;
    this.#subscription = connection.subscribe(subjects.live(this.sessionId), (message) =>
      this.#onMessage(message),
    );
    await connection.nats.flush();
    const last = await log.last(this.sessionId);
    this.#last = last?.seq ?? 0;
    this.#repairing = false;
    // What came live in the meantime has waited for this.
    await this.#workOff();
  }

  #onMessage(message: Msg): void {
    const bytes = message.data;
    if (startsWith(bytes, frameHeads.aiChunk)) {
      if (this.#repairing) this.#waiting.push(bytes);
      else this.#reply.onChunk(bytes);
      return;
    }
    const seqText = message.headers?.get(republishHeaders.seq);
    if (seqText) {
      this.#enqueue({
        bytes,
        seq: Number(seqText),
        lastSeq: Number(message.headers?.get(republishHeaders.lastSeq)),
      });
    } else if (startsWith(bytes, frameHeads.poke)) {
      this.#onPoke(bytes);
    } else {
      this.#deliverOther(bytes);
    }
  }

  #onPoke(bytes: Uint8Array): void {
    const seq = decodeObject(bytes)?.["seq"];
    if (typeof seq === "number" && seq > this.#last)
      this.catchUp().catch((error: unknown) => this.#warn(error));
  }

  #enqueue(event: LiveEvent): void {
    if (this.#busy) {
      this.#waiting.push(event);
      return;
    }
    // The common case ends in this turn: the session's next event, which is neither an answer nor after a loss.
    if (this.#isNext(event) && !startsWith(event.bytes, frameHeads.aiComplete))
      this.#relay(event.bytes, event.seq);
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
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      if (event instanceof Uint8Array) this.#reply.onChunk(event);
      else await this.#relayInOrder(event).catch((error: unknown) => this.#warn(error));
    }
    this.#busy = false;
  }

  async #relayInOrder(event: LiveEvent): Promise<void> {
    if (event.seq <= this.#last) {
      // Already read from the log; or the numbering began anew, which the epoch tells.
      await this.#parts.log.ensure();
      return;
    }
    if (event.lastSeq !== this.#last) await this.#repair(event);
    await this.#relayWhole(event.bytes, event.seq);
  }

  /** Relays what lies between the last event and this one. Nothing there is no error: it may have expired. */
  async #repair(event: LiveEvent): Promise<void> {
    const { log } = this.#parts;
    this.#repairing = true;
    try {
      await log.ensure();
      for (let missed = await this.#missed(event); missed; missed = await this.#missed(event)) {
        await this.#relayWhole(missed.bytes, missed.seq);
      }
    } finally {
      this.#repairing = false;
    }
  }

  async #missed(event: LiveEvent): Promise<StoredEvent | undefined> {
    const next = await this.#parts.log.reader.next(this.sessionId, this.#last + 1);
    return next && next.seq < event.seq ? next : undefined;
  }

  async #relayWhole(bytes: Uint8Array, seq: number): Promise<void> {
    if (startsWith(bytes, frameHeads.aiComplete)) {
      const complete = decodeObject(bytes) as LogEventOf<"ai_complete"> | undefined;
      if (complete) await this.#reply.beforeComplete(complete);
    }
    this.#relay(bytes, seq);
  }

  #relay(bytes: Uint8Array, seq: number): void {
    if (!isSpliceable(bytes)) {
      this.#parts.logger.warn({ sessionId: this.sessionId, seq }, "an event of the log is not a frame");
      return;
    }
    const frame = spliceSequence(bytes, { seq, prev: this.#last });
    this.#last = seq;
    for (const subscriber of this.#subscribers) subscriber.deliverDurable(frame, seq);
    if (startsWith(bytes, frameHeads.aiStart)) this.#onStart(bytes);
    else if (startsWith(bytes, frameHeads.aiComplete)) this.#onComplete(bytes);
    else if (startsWith(bytes, frameHeads.sessionDeleted)) this.endAll("session_deleted");
  }

  #onStart(bytes: Uint8Array): void {
    const start = decodeObject(bytes) as LogEventOf<"ai_start"> | undefined;
    if (start) this.#reply.onStart(start);
  }

  #onComplete(bytes: Uint8Array): void {
    const complete = decodeObject(bytes) as LogEventOf<"ai_complete"> | undefined;
    if (complete) this.#reply.onComplete(complete.id);
  }

  #deliverOther(frame: Uint8Array): void {
    for (const subscriber of this.#subscribers) subscriber.deliverOther(frame);
  }

  /** One request in flight for each session. */
  async #askOwner(): Promise<ReplySoFar | undefined> {
    this.#question ??= this.#requestReply().finally(() => {
      this.#question = undefined;
    });
    return this.#question;
  }

  async #requestReply(): Promise<ReplySoFar | undefined> {
    try {
      const { nats } = this.#parts.connection;
      const answer = await nats.request(subjects.reply(this.sessionId), new Uint8Array(), {
        timeout: timings.replyQuestionMs,
      });
      return decodeObject(answer.data) as ReplySoFar | undefined;
    } catch {
      // Nobody replies, or the owner is silent: readers go on without, `ai_complete` is the truth anyway.
      return undefined;
    }
  }

  /** Not relayed now, but not lost: the next event, the next check or the next reconnect finds the gap. */
  #warn(error: unknown): void {
    this.#parts.logger.warn({ err: error, sessionId: this.sessionId }, "the log cannot be read");
  }
}
