import type { BrokerLogger } from "../connection.ts";
import { LogFull } from "../errors.ts";
import type { LogStream } from "./log-stream.ts";
import type { PubAckOutcome } from "./pub-ack.ts";

interface LogRoomDeps {
  readonly stream: LogStream;
  /** -1 for no limit. */
  readonly maxBytes: number;
  readonly logger: BrokerLogger;
}

/** The reserve: this part of the limit, but not more than `maxReserveBytes`. */
const reservePart = 1 / 20;
const maxReserveBytes = 64 * 1024 * 1024;
/** What the broker stores with an event: its subject, its headers and its place. */
const overheadBytes = 256;
/** How long a read of the stream's size counts. Meanwhile this process adds its own events. */
const freshMs = 1_000;
/** How long one refusal counts. While nobody appends, nobody knows whether there is room again. */
const fullMs = 30_000;

/**
 * Knows how full the log is. At its limit the broker refuses every event, and so also the deletion of a session, which would make
 * room. So whatever asks for more text leaves a reserve. The size is a little old, and processes do not know of each other's events,
 * so some events can take from the reserve.
 */
export class LogRoom {
  readonly #stream: LogStream;
  readonly #logger: BrokerLogger;
  readonly #maxBytes: number;
  /** At the last read. `undefined`: unknown. */
  #usedBytes: number | undefined;
  /** Of this process, since that read began. An event counts as soon as it may be appended. */
  #ownBytes = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #fullAtMs = Number.NEGATIVE_INFINITY;
  /** The last event that had to leave the reserve was refused. */
  #hasOnlyReserve = false;

  constructor({ stream, logger, maxBytes }: LogRoomDeps) {
    this.#stream = stream;
    this.#logger = logger;
    this.#maxBytes =
      maxBytes < 0 ? Number.POSITIVE_INFINITY : maxBytes - Math.min(maxBytes * reservePart, maxReserveBytes);
  }

  /** Whether an event was refused a moment ago because there is no room, and there has been none since. */
  get isFull(): boolean {
    return performance.now() - this.#fullAtMs < fullMs;
  }

  /**
   * Resolves if the event leaves the reserve. If the size of the log cannot be read, the append itself finds out.
   *
   * @throws LogFull
   */
  async require(eventBytes: number): Promise<void> {
    if (this.#maxBytes === Number.POSITIVE_INFINITY) return;
    const bytes = eventBytes + overheadBytes;
    if (performance.now() - this.#readAtMs > freshMs) void this.#read();
    // Somebody may have made room since the last read.
    if (!this.#hasRoomFor(bytes)) await this.#read();
    this.#hasOnlyReserve = !this.#hasRoomFor(bytes);
    if (this.#hasOnlyReserve) {
      const error = new LogFull({ cause: new Error("the rest of the log is kept for deletions and stops") });
      this.#noteRefusal(error);
      throw error;
    }
    this.#ownBytes += bytes;
  }

  /** Takes note of the broker's answer to an append. */
  note(outcome: PubAckOutcome): void {
    // An event that was stored in the reserve does not show that there is room again.
    if (outcome.kind === "stored" && !this.#hasOnlyReserve) this.#fullAtMs = Number.NEGATIVE_INFINITY;
    if (outcome.kind === "refused" && outcome.error instanceof LogFull) this.#noteRefusal(outcome.error);
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#usedBytes === undefined || this.#usedBytes + this.#ownBytes + bytes <= this.#maxBytes;
  }

  #noteRefusal(error: LogFull): void {
    if (!this.isFull) this.#logger.error({ err: error.cause }, "the log is full, events are refused");
    this.#fullAtMs = performance.now();
  }

  /** Calls at the same time share one read. */
  async #read(): Promise<void> {
    this.#reading ??= this.#readNow().finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #readNow(): Promise<void> {
    const ownBytes = this.#ownBytes;
    const info = await this.#stream.info().catch(() => undefined);
    this.#usedBytes = info?.state.bytes;
    // What was appended while the broker answered may be in the answer or not: it counts in any case.
    this.#ownBytes -= ownBytes;
    if (info) this.#readAtMs = performance.now();
  }
}
