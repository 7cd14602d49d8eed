import {
  decodeEvent,
  type Connection,
  type Delivery,
  type Fetch,
  type SessionLog,
  type WorkQueue,
} from "@natter/session-log";
import { isSessionId, sessionOfLogSubject } from "@natter/protocol";
import { Backoff, failpoint, isBroken, type Logger } from "@natter/runtime";
import type { DeadLetters } from "./dead-letters.ts";
import { createdOf, type EpochGuard } from "./epoch-guard.ts";
import {
  PositionTaken,
  StoreUnavailable,
  type DeadLetter,
  type RecordedEvent,
  type Store,
} from "../store/store.ts";

interface Deps {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly queue: WorkQueue;
  readonly store: Store;
  readonly guard: EpochGuard;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
  /** How long the log keeps an event. */
  readonly retentionMs: number;
}

/** The numbers of the log may belong to a new epoch from now on, so the current batch must not be recorded with the old epoch. */
class EpochChanged extends Error {
  override readonly name = "EpochChanged";
}

/** The delay is needed: nats-server 2.9 would deliver the event to the fetch that was just closed, and wait for its ack. */
const giveBackMs = 300;
const noSession = { ok: false, reason: "the subject names no session" } as const;
const receiveMs = 1_000;
/** Maximum of one fetch, and so of one batch. */
const maxDeliveries = 256;
/** Clocks of two brokers of one cluster may differ by this much. */
const clockSkewMs = 5_000;

/**
 * Records the log into the store. The recorder acknowledges an event only after the event, or a dead letter of it, is durable. If
 * anything fails before that, the event is delivered again, and a repeat changes nothing.
 */
export class Recorder {
  readonly #deps: Deps;
  readonly #backoff = new Backoff();
  #epoch = "";
  /** False while the log may be a new one and the guard has not checked it. */
  #guarded = false;
  #fetch: Fetch | undefined;
  #running: Promise<void> | undefined;
  #recorded = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get health(): { recorded: number; deadLetters: number } {
    return { recorded: this.#recorded, deadLetters: this.#deps.deadLetters.count };
  }

  /** Resolves when the recorder fetches events. */
  async start(): Promise<void> {
    const reopen = (): void => {
      this.#guarded = false;
      void this.#fetch?.close();
    };
    this.#deps.connection.onReconnect(reopen);
    this.#deps.log.onEpoch((epoch) => {
      if (epoch !== this.#epoch) reopen();
    });
    await new Promise<void>((resolve) => {
      this.#running = this.#run(resolve);
    });
  }

  /** Finishes the current batch and returns the other deliveries to the queue. */
  async stop(): Promise<void> {
    this.#backoff.cancel();
    await this.#receiveAll();
    await this.#fetch?.close();
    await this.#running;
  }

  /** Reads all deliveries that the broker has sent. A delivery that stays unread cannot be returned, and would come again only much later. */
  async #receiveAll(): Promise<void> {
    const { connection } = this.#deps;
    if (!connection.connected) return;
    const late = new Promise((resolve) => setTimeout(resolve, receiveMs).unref());
    await Promise.race([connection.flush().catch(() => undefined), late]);
  }

  async #run(onFetching: () => void): Promise<void> {
    while (!this.#backoff.cancelled) {
      try {
        // A request to an unavailable broker is lost, and only a timeout would show it.
        if (!(await this.#deps.connection.whenConnected(1_000))) continue;
        this.#guarded = true;
        this.#epoch = await this.#deps.guard.check();
        while (this.#guarded && !this.#backoff.cancelled) await this.#fetchOnce(onFetching);
      } catch (error) {
        this.#deps.logger.warn({ err: error }, "recording was interrupted, beginning again");
        await this.#backoff.wait();
      }
    }
    onFetching();
  }

  async #fetchOnce(onFetching: () => void): Promise<void> {
    const fetch = await this.#deps.queue.fetch(maxDeliveries);
    this.#fetch = fetch;
    onFetching();
    try {
      // `stop` may have run while the fetch was being opened.
      if (this.#backoff.cancelled) await fetch.close();
      for (;;) {
        const batch = await fetch.take();
        if (batch.length === 0) return;
        await this.#recordBatch(batch);
        this.#backoff.reset();
      }
    } finally {
      this.#fetch = undefined;
      await fetch.close();
      giveBack(fetch.rest());
    }
  }

  /** Ends when every delivery of the batch is acknowledged or returned. */
  async #recordBatch(batch: readonly Delivery[]): Promise<void> {
    try {
      for (;;) {
        if (this.#backoff.cancelled) return giveBack(batch);
        if (await this.#tryBatch(batch)) break;
        await this.#backoff.wait();
      }
    } catch (error) {
      giveBack(batch);
      if (error instanceof PositionTaken) await this.#deps.guard.begin();
      throw error;
    }
    this.#recorded += batch.length;
  }

  /** False if the store or the broker is unavailable: then the batch stays. */
  async #tryBatch(batch: readonly Delivery[]): Promise<boolean> {
    if (!(await this.#deps.connection.whenConnected(1_000))) return false;
    try {
      await this.#checkEpoch(batch);
      await this.#store(batch, this.#epoch);
      return true;
    } catch (error) {
      if (error instanceof EpochChanged || error instanceof PositionTaken) throw error;
      const message = "recording is not possible now, trying again";
      this.#deps.logger[this.#isUrgent(batch) ? "error" : "warn"](
        { err: error, waiting: batch.length },
        message,
      );
      // The stream may be missing. The first process that notices it creates the stream again.
      if (!(error instanceof StoreUnavailable)) await this.#deps.log.ensure().catch(() => undefined);
      return false;
    }
  }

  /**
   * An event does not name its epoch. The event came before this check, and an epoch never returns. So if the epoch is still the same
   * as before the fetch, it is the epoch of the event.
   */
  async #checkEpoch(batch: readonly Delivery[]): Promise<void> {
    const { epoch } = await this.#deps.log.bounds();
    if (this.#guarded && epoch === this.#epoch) return;
    // The stream is gone, so its events exist only in this batch.
    const isOfOldStream = ({ storedAtMs }: Delivery): boolean => storedAtMs < createdOf(epoch) - clockSkewMs;
    if (createdOf(epoch) > createdOf(this.#epoch))
      await this.#store(batch.filter(isOfOldStream), this.#epoch);
    await this.#deps.log.ensure();
    throw new EpochChanged(
      epoch === this.#epoch ? "the broker was away: the log is looked at again" : "the log has a new epoch",
    );
  }

  async #store(batch: readonly Delivery[], epoch: string): Promise<void> {
    const events = new Map<RecordedEvent, Delivery>();
    const letters = new Map<DeadLetter, Delivery>();
    for (const delivery of batch) {
      const sessionId = sessionOfLogSubject(delivery.subject);
      const decoded = isSessionId(sessionId) ? decodeEvent(delivery.bytes) : noSession;
      const position = { epoch, seq: delivery.seq };
      if (decoded.ok) events.set({ sessionId, position, event: decoded.event }, delivery);
      else letters.set(toLetter(delivery, epoch, decoded.reason), delivery);
    }
    if (isBroken("recorder.ack-before-write")) {
      for (const delivery of events.values()) delivery.ack();
      await this.#deps.connection.flush();
    }
    failpoint("recorder.before-write");
    const refused = await this.#recordApart([...events.keys()]);
    failpoint("recorder.after-write");
    for (const [event, reason] of refused) {
      const delivery = events.get(event);
      events.delete(event);
      if (delivery) letters.set(toLetter(delivery, epoch, reason), delivery);
    }
    for (const delivery of events.values()) delivery.ack();
    await this.#deps.deadLetters.keep([...letters.keys()]);
    for (const delivery of letters.values()) delivery.terminate();
  }

  /** Splits a refused batch in halves until each event that the store cannot take is alone. */
  async #recordApart(events: readonly RecordedEvent[]): Promise<Map<RecordedEvent, string>> {
    try {
      await this.#deps.store.record(events);
      return new Map();
    } catch (error) {
      if (error instanceof StoreUnavailable || error instanceof PositionTaken) throw error;
      const [event] = events;
      if (event && events.length === 1) return new Map([[event, `refused by the store: ${nameOf(error)}`]]);
      const middle = events.length >> 1;
      const refused = await this.#recordApart(events.slice(0, middle));
      for (const [other, reason] of await this.#recordApart(events.slice(middle))) refused.set(other, reason);
      return refused;
    }
  }

  /** An outage longer than the log's retention would lose events. */
  #isUrgent(batch: readonly Delivery[]): boolean {
    return Date.now() - (batch[0]?.storedAtMs ?? 0) > this.#deps.retentionMs / 2;
  }
}

function giveBack(batch: readonly Delivery[]): void {
  for (const delivery of batch) delivery.nak(giveBackMs);
}

function toLetter(delivery: Delivery, epoch: string, reason: string): DeadLetter {
  return {
    position: { epoch, seq: delivery.seq },
    subject: delivery.subject,
    reason,
    bytes: delivery.bytes,
  };
}

/** A driver's error message can contain text of a person. Its class and code do not. */
function nameOf(error: unknown): string {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return [name, code].filter((part) => typeof part === "string" || typeof part === "number").join(" ");
}
