import { JetStreamApiError, type JetStreamManager, type StoredMsg } from "@nats-io/jetstream";
import { sessionOfLogSubject, streamName, subjects } from "@natter/protocol";
import { isOlder, type Connection } from "./connection.ts";
import { LogUnreadable } from "./log-errors.ts";

/** An event as the log holds it. */
export interface StoredEvent {
  readonly sessionId: string;
  readonly seq: number;
  /** The event's JSON, without its place in the log. */
  readonly bytes: Uint8Array;
  readonly storedAt: Date;
}

/** Below this many events one request each costs no more than a batch. */
const batchSize = 256;
const noMessageFound = 10_037;
/** Between two messages of a batch. */
const silenceMs = 2_000;

/**
 * Reads one session's events. "There is none" is only ever the leader's word; without its word every method
 * throws LogUnreadable.
 */
export class SessionReader {
  readonly #manager: JetStreamManager;
  readonly #canBatch: boolean;

  constructor(connection: Connection, manager: JetStreamManager) {
    this.#manager = manager;
    // 2.9 and 2.10 ignore `batch` and answer one event without an end mark.
    this.#canBatch = !isOlder(connection.serverVersion, [2, 11, 0]);
  }

  async last(sessionId: string): Promise<StoredEvent | undefined> {
    return this.#get({ last_by_subj: subjects.log(sessionId) });
  }

  /** The session's first event at or after `seq`. */
  async next(sessionId: string, seq: number): Promise<StoredEvent | undefined> {
    // The server knows this query since 2.9; the client types only its direct form.
    return this.#get({ seq, next_by_subj: subjects.log(sessionId) } as { seq: number });
  }

  /** The event at `seq`, of whatever session. Events are counted from 1. */
  async at(seq: number): Promise<StoredEvent | undefined> {
    // The server takes 0 for a malformed question.
    if (seq < 1) return undefined;
    return this.#get({ seq });
  }

  async *read(
    sessionId: string,
    range: { after: number; upTo?: number },
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const upTo = range.upTo ?? Number.MAX_SAFE_INTEGER;
    let position = range.after;
    while (position < upTo) {
      let progressed = false;
      for (const event of await this.#batch(sessionId, position + 1)) {
        if (event.seq > upTo) return;
        position = event.seq;
        progressed = true;
        yield event;
      }
      if (progressed) continue;
      const next = await this.next(sessionId, position + 1);
      if (!next || next.seq > upTo) return;
      position = next.seq;
      yield next;
    }
  }

  /** Up to `batchSize` events from whichever replica answers, without a hole; nothing if none does. */
  async #batch(sessionId: string, seq: number): Promise<readonly StoredEvent[]> {
    if (!this.#canBatch) return [];
    const events: StoredEvent[] = [];
    const over = Promise.withResolvers<void>();
    // The client waits for the first message only. What a reconnect swallows later is gone, the end mark, too.
    const guard = setTimeout(() => over.resolve(), silenceMs);
    try {
      const found = await this.#manager.direct.getBatch(streamName, {
        seq,
        next_by_subj: subjects.log(sessionId),
        batch: batchSize,
        // Without a callback the client never gives up its subscription.
        callback: (done, message) => {
          const isNext = message.lastSequence === 0 || message.lastSequence === events.at(-1)?.seq;
          if (done || !isNext) return over.resolve();
          events.push(toStoredEvent(message));
          guard.refresh();
        },
      });
      await over.promise;
      found.stop();
    } catch {
      // The leader is asked next, and its failure is the one that counts.
    } finally {
      clearTimeout(guard);
    }
    // What comes now comes too late.
    return [...events];
  }

  async #get(
    query: Parameters<JetStreamManager["streams"]["getMessage"]>[1],
  ): Promise<StoredEvent | undefined> {
    try {
      const message = await this.#manager.streams.getMessage(streamName, query);
      return message ? toStoredEvent(message) : undefined;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === noMessageFound) return undefined;
      throw new LogUnreadable({ cause: error });
    }
  }
}

function toStoredEvent(message: StoredMsg): StoredEvent {
  return {
    sessionId: sessionOfLogSubject(message.subject),
    seq: message.seq,
    bytes: message.data,
    storedAt: message.time,
  };
}
