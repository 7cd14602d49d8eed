import { headers } from "@nats-io/nats-core";
import { jetstreamManager, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import { encodePoke, streamName, subjects, timings } from "@natter/protocol";
import { isOlder, type BrokerLogger, type Connection } from "./connection.ts";
import { AppendStale, LogAway, LogFull, LogUnreadable } from "./log-errors.ts";
import { ensureLogStream, epochOf, markEpoch, type LogStreamOptions } from "./log-stream.ts";
import { readPubAck, type PubAckOutcome } from "./pub-ack.ts";
import { SessionReader, type StoredEvent } from "./session-reader.ts";

export interface AppendOptions {
  /** `Nats-Msg-Id`: the broker takes an event with this id once within its window. */
  readonly eventId: string;
  /** The append is refused if the session's last event is another one. 0: the session has none. */
  readonly expectedLastSeq?: number;
  /** Asked before every try but the first: `false` ends the append, because the broker may have forgotten the id. */
  readonly isFresh?: () => boolean;
}

export interface Appended {
  readonly seq: number;
  /** The broker had an event with this id already; `seq` is that event's. */
  readonly duplicate: boolean;
}

/** How long one refusal counts. While nobody appends, nobody knows. */
const fullMs = 30_000;

/**
 * The log of all sessions: the stream `CHAT`. An event is durable once `append` resolves. Reads ask the
 * stream's leader, because followers can be behind their own republished events.
 */
export class SessionLog {
  readonly #connection: Connection;
  readonly #logger: BrokerLogger;
  readonly #options: LogStreamOptions;
  readonly #manager: JetStreamManager;
  readonly #epochListeners = new Set<(epoch: string) => void>();
  readonly reader: SessionReader;
  #epoch: string;
  #ensuring: Promise<void> | undefined;
  #fullAtMs = Number.NEGATIVE_INFINITY;

  private constructor(parts: {
    connection: Connection;
    logger: BrokerLogger;
    options: LogStreamOptions;
    manager: JetStreamManager;
    epoch: string;
  }) {
    this.#connection = parts.connection;
    this.#logger = parts.logger;
    this.#options = parts.options;
    this.#manager = parts.manager;
    this.#epoch = parts.epoch;
    this.reader = new SessionReader(parts.connection, parts.manager);
    parts.connection.onReconnect(() => this.ensure());
  }

  /** Makes the stream if it is missing. */
  static async open(
    connection: Connection,
    options: LogStreamOptions,
    logger: BrokerLogger,
  ): Promise<SessionLog> {
    if (options.replicas > 1 && isOlder(connection.serverVersion, [2, 9, 21])) {
      throw new Error("conditional appends are broken in replicated streams before nats-server 2.9.21");
    }
    const manager = await jetstreamManager(connection.nats, { checkAPI: false });
    const info = await retryUntilReady(() => ensureLogStream(manager, options), logger);
    return new SessionLog({ connection, logger, options, manager, epoch: epochOf(info) });
  }

  get epoch(): string {
    return this.#epoch;
  }

  get manager(): JetStreamManager {
    return this.#manager;
  }

  /** Whether an append was refused a moment ago because there is no room, and none was taken since. */
  get isFull(): boolean {
    return performance.now() - this.#fullAtMs < fullMs;
  }

  /** Hears of every new epoch. */
  onEpoch(listener: (epoch: string) => void): void {
    this.#epochListeners.add(listener);
  }

  /** Makes the stream again if it is gone, and asks for its epoch. Calls at the same time share one request. */
  async ensure(): Promise<void> {
    this.#ensuring ??= this.#ensureNow().finally(() => {
      this.#ensuring = undefined;
    });
    await this.#ensuring;
  }

  /** The last seq of the whole stream, and its first, from the leader. */
  async bounds(): Promise<{ firstSeq: number; lastSeq: number }> {
    const { state } = await this.#info();
    return { firstSeq: state.first_seq, lastSeq: state.last_seq };
  }

  /** The epoch and the last seq at this moment, from the leader. Listeners hear of a new epoch only from `ensure`. */
  async look(): Promise<{ epoch: string; lastSeq: number }> {
    const info = await this.#info();
    return { epoch: epochOf(info), lastSeq: info.state.last_seq };
  }

  /**
   * Begins a new epoch of the stream that is there, for a broker that was restored and numbers events again.
   * `marker` is kept in the stream's description; with a marker that is as large already nothing changes, so
   * several processes may ask for the same.
   */
  async beginEpoch(marker: number): Promise<void> {
    await markEpoch(this.#manager, marker);
    await this.ensure();
  }

  /** The session's last event, from the leader. `undefined`: the log holds none. */
  async last(sessionId: string): Promise<StoredEvent | undefined> {
    return this.reader.last(sessionId);
  }

  /** The session's events with `after < seq <= upTo`, in order. */
  read(
    sessionId: string,
    range: { after: number; upTo?: number },
  ): AsyncGenerator<StoredEvent, void, undefined> {
    return this.reader.read(sessionId, range);
  }

  /**
   * Appends one event. Tries again with the same id for 4.5 s in all.
   *
   * @throws AppendStale if `isFresh` says no
   * @throws AppendConflict if the session's last event is not `expectedLastSeq`
   * @throws LogAway if the broker did not take it, or did not say so
   */
  async append(sessionId: string, event: Uint8Array, options: AppendOptions): Promise<Appended> {
    const deadline = performance.now() + timings.publishTotalMs;
    let unknown = false;
    for (let attempt = 0; ; attempt++) {
      const leftMs = deadline - performance.now();
      if (attempt > 0 && options.isFresh?.() === false) throw new AppendStale();
      if (leftMs <= 0 || !(await this.#connection.whenConnected(leftMs)))
        throw new LogAway(unknown ? "unknown" : "no");
      const outcome = await this.#tryAppend(subjects.log(sessionId), event, {
        ...options,
        timeoutMs: Math.min(timings.publishTryMs, leftMs),
      });
      this.#noteFullness(outcome);
      if (outcome.kind === "stored") {
        const { seq, duplicate } = outcome;
        // Such an event may have been stored without going live: say where it is.
        if (duplicate || attempt > 0) this.#connection.publish(subjects.live(sessionId), encodePoke(seq));
        return { seq, duplicate };
      }
      if (outcome.kind === "refused") throw unknown ? asUnknown(outcome.error) : outcome.error;
      if (outcome.kind === "silent") unknown = true;
      if (outcome.kind === "no-stream") await this.#ensureQuietly();
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(200, Math.max(0, deadline - performance.now()))),
      );
    }
  }

  /**
   * Removes the session's events before `seq`. Numbers stay as they are.
   *
   * @throws LogUnreadable
   */
  async purge(sessionId: string, seq: number): Promise<void> {
    try {
      await this.#manager.streams.purge(streamName, { filter: subjects.log(sessionId), seq });
    } catch (error) {
      throw new LogUnreadable({ cause: error });
    }
  }

  #noteFullness(outcome: PubAckOutcome): void {
    if (outcome.kind === "stored") this.#fullAtMs = Number.NEGATIVE_INFINITY;
    if (outcome.kind !== "refused" || !(outcome.error instanceof LogFull)) return;
    if (!this.isFull) this.#logger.error({ err: outcome.error.cause }, "the log is full, events are refused");
    this.#fullAtMs = performance.now();
  }

  /** @throws LogUnreadable */
  async #info(): Promise<StreamInfo> {
    try {
      return await this.#manager.streams.info(streamName);
    } catch (error) {
      throw new LogUnreadable({ cause: error });
    }
  }

  async #tryAppend(
    subject: string,
    event: Uint8Array,
    options: AppendOptions & { timeoutMs: number },
  ): Promise<PubAckOutcome> {
    const header = headers();
    header.set("Nats-Msg-Id", options.eventId);
    if (options.expectedLastSeq !== undefined) {
      header.set("Nats-Expected-Last-Subject-Sequence", String(options.expectedLastSeq));
    }
    return readPubAck(
      this.#connection.nats.request(subject, event, { headers: header, timeout: options.timeoutMs }),
    );
  }

  async #ensureNow(): Promise<void> {
    const epoch = epochOf(await ensureLogStream(this.#manager, this.#options));
    if (epoch === this.#epoch) return;
    this.#logger.warn({ was: this.#epoch, epoch }, "the log has a new epoch");
    this.#epoch = epoch;
    for (const listener of this.#epochListeners) listener(epoch);
  }

  async #ensureQuietly(): Promise<void> {
    try {
      await this.ensure();
    } catch (error) {
      this.#logger.warn({ err: error }, "the log stream cannot be looked up");
    }
  }
}

/** A refusal is about this try; an earlier one without an answer may still have been stored. */
function asUnknown(error: Error): Error {
  return error instanceof LogAway ? new LogAway("unknown", { cause: error }) : error;
}

/** At start the broker may be there while JetStream is not, for example during an election. */
async function retryUntilReady<T>(attempt: () => Promise<T>, logger: BrokerLogger): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      logger.warn({ err: error }, "the log is not ready yet");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
