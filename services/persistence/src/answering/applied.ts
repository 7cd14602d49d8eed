import type { Connection, SessionLog } from "@natter/session-log";
import { consumers, streamName, type Applied } from "@natter/protocol";

const refreshMs = 200;

/**
 * Up to where the store is complete: the ack floor of the consumer that all persistence processes share.
 * It is asked for in the background, and read before each query: what is stored during the query is then
 * more than was promised, never less.
 */
export class AppliedFloor {
  readonly #connection: Connection;
  readonly #log: SessionLog;
  #current: Applied;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: { connection: Connection; log: SessionLog }) {
    this.#connection = parts.connection;
    this.#log = parts.log;
    this.#current = { epoch: parts.log.epoch, appliedSeq: 0 };
  }

  get current(): Applied {
    // A floor of an earlier epoch says nothing about this one.
    if (this.#current.epoch !== this.#log.epoch) return { epoch: this.#log.epoch, appliedSeq: 0 };
    return this.#current;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#refreshAndRepeat(), 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Keeps the last known floor if the broker does not say. */
  async refresh(): Promise<void> {
    // Read before the question: a consumer that answers after a change of epoch belongs to the later one.
    const { epoch } = this.#log;
    if (!this.#connection.connected) return;
    try {
      const info = await this.#log.manager.consumers.info(streamName, consumers.recorder);
      this.#current = { epoch, appliedSeq: info.ack_floor.stream_seq };
    } catch {
      // The broker is away or the consumer is being made again; the recorder says so in its log.
    }
  }

  async #refreshAndRepeat(): Promise<void> {
    const timer = this.#timer;
    await this.refresh();
    if (this.#timer === timer) this.#timer = setTimeout(() => void this.#refreshAndRepeat(), refreshMs);
  }
}
