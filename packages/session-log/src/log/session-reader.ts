import { JetStreamApiError, type JetStreamManager, type StoredMsg } from "@nats-io/jetstream";
import { limits, sessionOfLogSubject, streamName, subjects } from "@natter/protocol";
import type { Connection } from "../connection.ts";
import { LogUnreadable } from "../errors.ts";
import { isOlder } from "../server-version.ts";

/** An event as the log holds it. */
export interface StoredEvent {
  readonly sessionId: string;
  readonly seq: number;
  /** The event's JSON, without its place in the log. */
  readonly bytes: Uint8Array;
  readonly storedAt: Date;
}

/** Events of a session with `after < seq <= upTo`. */
export interface LogRange {
  readonly after: number;
  readonly upTo: number;
}

/** Events of one step. A step also ends at `limits.logStepBytes`, so that no reading holds more at a time. */
const stepEvents = 256;
const noMessageFound = 10_037;
const betweenMessagesMs = 2_000;

/**
 * Reads one session's events. Only the leader's answer can mean "there is none"; without it every method throws
 * LogUnreadable.
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

  async next(sessionId: string, seq: number): Promise<StoredEvent | undefined> {
    // The server knows this query since 2.9; the client types only its direct form.
    return this.#get({ seq, next_by_subj: subjects.log(sessionId) } as { seq: number });
  }

  async at(seq: number): Promise<StoredEvent | undefined> {
    // The server would refuse 0 as a malformed request.
    if (seq < 1) return undefined;
    return this.#get({ seq });
  }

  async *read(
    sessionId: string,
    range: { after: number; upTo?: number },
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const upTo = range.upTo ?? Number.MAX_SAFE_INTEGER;
    let after: number | undefined = range.after;
    while (after !== undefined && after < upTo) {
      const events = await this.readStep(sessionId, { after, upTo });
      yield* events;
      after = events.at(-1)?.seq;
    }
  }

  async readStep(sessionId: string, { after, upTo }: LogRange): Promise<readonly StoredEvent[]> {
    const batch = await this.#batch(sessionId, after + 1, stepEvents);
    if (batch.length > 0) return batch.filter(({ seq }) => seq <= upTo);
    const next = await this.next(sessionId, after + 1);
    return next && next.seq <= upTo ? [next] : [];
  }

  async countFrom(sessionId: string, seq: number): Promise<number | undefined> {
    const [first] = await this.#batch(sessionId, seq, 1);
    return first && 1 + first.pending;
  }

  /** Up to `batch` events from whichever replica answers, without a gap; nothing if none does. */
  async #batch(
    sessionId: string,
    seq: number,
    batch: number,
  ): Promise<readonly (StoredEvent & { readonly pending: number })[]> {
    if (!this.#canBatch) return [];
    const events: (StoredEvent & { readonly pending: number })[] = [];
    const over = Promise.withResolvers<void>();
    // The client waits for the first message only. A reconnect may lose later ones, and the end mark.
    const guard = setTimeout(() => over.resolve(), betweenMessagesMs);
    try {
      const found = await this.#manager.direct.getBatch(streamName, {
        seq,
        next_by_subj: subjects.log(sessionId),
        batch,
        max_bytes: limits.logStepBytes,
        // Without a callback the client never ends its subscription.
        callback: (done, message) => {
          const isNext = message.lastSequence === 0 || message.lastSequence === events.at(-1)?.seq;
          if (done || !isNext) return over.resolve();
          events.push({ ...toStoredEvent(message), pending: message.pending });
          guard.refresh();
        },
      });
      await over.promise;
      found.stop();
    } catch {
      // The next request goes to the leader, and its failure is the one that counts.
    } finally {
      clearTimeout(guard);
    }
    // A copy: a message that comes later must not change the result.
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
