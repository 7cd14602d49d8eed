import type { LivePlace, SessionLog, StoredEvent } from "@natter/session-log";
import { frameHeads, startsWith } from "@natter/protocol";
import { isBroken, type Logger } from "@natter/runtime";

/** An event as the broker published it live, or as it was read from the log. */
export interface LiveEvent extends LivePlace {
  readonly bytes: Uint8Array;
}

/** The next event of the session, in the order of the log. */
export interface OrderedEvent {
  readonly bytes: Uint8Array;
  readonly seq: number;
  /** The seq of the session's event before it. */
  readonly prev: number;
  /** Whether `beforeComplete` was awaited. It is not during gap repair. */
  readonly waited: boolean;
}

export interface EventOrderDeps {
  readonly sessionId: string;
  readonly log: SessionLog;
  readonly logger: Logger;
  readonly relay: (event: OrderedEvent) => void;
  /** Resolves when the `ai_complete` may be relayed. */
  readonly beforeComplete: (bytes: Uint8Array) => Promise<void>;
  /** Reads again what may have been missed, after a failure. */
  readonly resume: () => Promise<void>;
}

const unknownSeq = -1;
const retryMs = 1_000;

/**
 * Passes the live events of one session on, each one once and in the order of the log. When it finds a gap, it reads the missing
 * events from the log before it passes the next one on.
 */
export class EventOrder {
  readonly #deps: EventOrderDeps;
  /** The session's last handled event. */
  #last = 0;
  /** Later events wait while one is handled. */
  #isBusy = true;
  readonly #waiting: LiveEvent[] = [];
  #retryTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: EventOrderDeps) {
    this.#deps = deps;
  }

  /** The last event that was passed on. */
  get lastSeq(): number {
    return this.#last;
  }

  /** Whether events wait. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Begins after this event. Live events that came meanwhile have waited for this. */
  async start(seq: number): Promise<void> {
    this.#last = seq;
    await this.#workOff();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
  }

  add(event: LiveEvent): void {
    if (this.#isBusy) {
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

  /** Passes on what the log has after the last event. Returns the session's last seq, as the stream's leader states it. */
  async catchUp(): Promise<number> {
    const { log, sessionId } = this.#deps;
    const last = await log.last(sessionId);
    if (last && last.seq > this.#last) this.add({ bytes: last.bytes, seq: last.seq, lastSeq: unknownSeq });
    // Events expire, or a new epoch began.
    else if ((last?.seq ?? 0) < this.#last) await log.ensure();
    return last?.seq ?? 0;
  }

  /** The log has an event at `seq`. */
  onNudge(seq: number): void {
    if (seq > this.#last) this.catchUp().catch((error: unknown) => this.#tryLater(error));
  }

  #isNext(event: LiveEvent): boolean {
    return event.lastSeq === this.#last && event.seq > this.#last;
  }

  async #workOff(): Promise<void> {
    this.#isBusy = true;
    for (let event = this.#waiting.shift(); event && !this.#isClosed; event = this.#waiting.shift()) {
      await this.#relayInOrder(event).catch((error: unknown) => this.#tryLater(error));
    }
    this.#isBusy = false;
  }

  async #relayInOrder(event: LiveEvent): Promise<void> {
    if (event.seq <= this.#last) {
      // The event was read from the log already, or a new epoch began.
      await this.#deps.log.ensure();
      return;
    }
    if (event.lastSeq !== this.#last && !isBroken("gateway.no-gap-repair")) await this.#repair(event);
    if (startsWith(event.bytes, frameHeads.aiComplete)) await this.#deps.beforeComplete(event.bytes);
    this.#relay(event.bytes, event.seq, true);
  }

  /** Passes on the events between the last event and this one. It is no error if there are none: they may have expired. */
  async #repair(event: LiveEvent): Promise<void> {
    await this.#deps.log.ensure();
    for (let missed = await this.#missed(event); missed; missed = await this.#missed(event)) {
      // The trailing chunks were relayed already or are lost. Every wait for them would delay all later events.
      this.#relay(missed.bytes, missed.seq, false);
    }
  }

  async #missed(event: LiveEvent): Promise<StoredEvent | undefined> {
    const next = await this.#deps.log.next(this.#deps.sessionId, this.#last + 1);
    return next && next.seq < event.seq ? next : undefined;
  }

  #relay(bytes: Uint8Array, seq: number, waited: boolean): void {
    const prev = this.#last;
    // This counts bytes that are no frame as well: the next read must not find them again.
    this.#last = seq;
    this.#deps.relay({ bytes, seq, prev, waited });
  }

  /** The events are not relayed now, and they are not lost: the next event finds the gap, or the log is read again soon. */
  #tryLater(error: unknown): void {
    const { logger, sessionId, resume } = this.#deps;
    logger.warn({ err: error, sessionId }, "the log cannot be read");
    if (this.#retryTimer || this.#isClosed) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      resume().catch((again: unknown) => this.#tryLater(again));
    }, retryMs);
  }
}
