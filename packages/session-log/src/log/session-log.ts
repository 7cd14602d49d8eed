import type { JetStreamManager } from "@nats-io/jetstream";
import type { BrokerLogger, Connection } from "../connection.ts";
import { Appender, type AppendOptions, type Appended } from "./appender.ts";
import { epochOf } from "./epoch.ts";
import { LogRoom } from "./log-room.ts";
import { LogStream } from "./log-stream.ts";
import { SessionReader, type LogRange, type StoredEvent } from "./session-reader.ts";
import type { LogStreamOptions } from "./stream-config.ts";

/** For tests of this repository, by way of `testing.ts`: the index does not export it. */
let managerOf: (log: SessionLog) => JetStreamManager;

/**
 * The log of all sessions: the stream `CHAT`. An event is durable once `append` resolves. Reads go to the stream's
 * leader, because followers can be behind their own republished events.
 */
export class SessionLog {
  readonly #manager: JetStreamManager;
  readonly #stream: LogStream;
  readonly #room: LogRoom;
  readonly #appender: Appender;
  readonly #reader: SessionReader;

  static {
    managerOf = (log) => log.#manager;
  }

  private constructor(
    manager: JetStreamManager,
    deps: { stream: LogStream; room: LogRoom; appender: Appender; reader: SessionReader },
  ) {
    this.#manager = manager;
    this.#stream = deps.stream;
    this.#room = deps.room;
    this.#appender = deps.appender;
    this.#reader = deps.reader;
  }

  /** Makes the stream if it is missing. */
  static async open(
    connection: Connection,
    options: LogStreamOptions,
    logger: BrokerLogger,
  ): Promise<SessionLog> {
    const { stream, manager } = await LogStream.open(connection, options, logger);
    const room = new LogRoom({ stream, maxBytes: options.maxBytes, logger });
    const appender = new Appender({ connection, stream, room, logger });
    const reader = new SessionReader(connection, manager);
    return new SessionLog(manager, { stream, room, appender, reader });
  }

  /** The numbering of the events, as this process knows it. */
  get epoch(): string {
    return this.#stream.epoch;
  }

  /** Calls `listener` with every new epoch. */
  onEpoch(listener: (epoch: string) => void): void {
    this.#stream.onEpoch(listener);
  }

  /**
   * Makes the stream again if it is gone, and reads its epoch. Calls at the same time share one request.
   *
   * @throws LogUnreadable
   */
  async ensure(): Promise<void> {
    await this.#stream.ensure();
  }

  /**
   * Begins a new epoch of the stream that is there, for a broker that was restored and numbers events again.
   * With a marker that is as large already nothing changes, so several processes may ask for the same.
   *
   * @throws LogUnreadable
   */
  async beginEpoch(marker: number): Promise<void> {
    await this.#stream.beginEpoch(marker);
  }

  /**
   * The epoch and the first and last seq of the whole log, from the leader. Listeners get a new epoch only from `ensure`.
   *
   * @throws LogUnreadable
   */
  async bounds(): Promise<{ epoch: string; firstSeq: number; lastSeq: number }> {
    const info = await this.#stream.info();
    return { epoch: epochOf(info), firstSeq: info.state.first_seq, lastSeq: info.state.last_seq };
  }

  /**
   * Appends one event. Tries again with the same id for 4.5 s in all.
   *
   * @throws AppendStale if `isFresh` returns false
   * @throws AppendConflict if the session's last event is not `expectedLastSeq`
   * @throws LogAway if the broker did not take it, or did not say so
   */
  async append(sessionId: string, event: Uint8Array, options: AppendOptions): Promise<Appended> {
    return this.#appender.append(sessionId, event, options);
  }

  /**
   * Resolves if the log has room for one more event of this size and keeps its reserve for deletions and stops. Only a log with
   * a limit of its own has a reserve.
   *
   * @throws LogFull
   */
  async requireRoom(eventBytes: number): Promise<void> {
    await this.#room.require(eventBytes);
  }

  /** Whether an event was refused a moment ago because there is no room, and there has been none since. */
  get isFull(): boolean {
    return this.#room.isFull;
  }

  /**
   * Removes the session's events before `seq`. Numbers stay as they are.
   *
   * @throws LogUnreadable
   */
  async purge(sessionId: string, seq: number): Promise<void> {
    await this.#stream.purge(sessionId, seq);
  }

  /** The session's last event. `undefined`: the log holds none. @throws LogUnreadable */
  async last(sessionId: string): Promise<StoredEvent | undefined> {
    return this.#reader.last(sessionId);
  }

  /** The session's first event at or after `seq`. @throws LogUnreadable */
  async next(sessionId: string, seq: number): Promise<StoredEvent | undefined> {
    return this.#reader.next(sessionId, seq);
  }

  /** The event at `seq`, of whatever session. The first event is 1. @throws LogUnreadable */
  async at(seq: number): Promise<StoredEvent | undefined> {
    return this.#reader.at(seq);
  }

  /** The session's events of the range, in order. @throws LogUnreadable */
  read(
    sessionId: string,
    range: { after: number; upTo?: number },
  ): AsyncGenerator<StoredEvent, void, undefined> {
    return this.#reader.read(sessionId, range);
  }

  /** The first events of the range, at most `limits.logStepBytes` of them and at least one. @throws LogUnreadable */
  async readStep(sessionId: string, range: LogRange): Promise<readonly StoredEvent[]> {
    return this.#reader.readStep(sessionId, range);
  }

  /**
   * How many events the session has at or after `seq`, for the price of one of them. `undefined`: the server cannot
   * count. The answer of a replica that is behind may be too small.
   */
  async countFrom(sessionId: string, seq: number): Promise<number | undefined> {
    return this.#reader.countFrom(sessionId, seq);
  }
}

export { managerOf };
