import type { Connection, SessionLog, WorkQueue } from "@natter/session-log";
import type { Applied } from "@natter/protocol";

const refreshMs = 200;

/**
 * Up to where the store is complete: the ack floor of the consumer that all persistence processes share.
 * It is asked for in the background, and read before each query: what is stored during the query is then
 * more than was promised, never less.
 */
export class AppliedFloor {
  readonly #connection: Connection;
  readonly #log: SessionLog;
  readonly #queue: WorkQueue;
  #current: Applied;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: { connection: Connection; log: SessionLog; queue: WorkQueue }) {
    this.#connection = deps.connection;
    this.#log = deps.log;
    this.#queue = deps.queue;
    this.#current = { epoch: deps.log.epoch, appliedSeq: 0 };
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
      this.#current = { epoch, appliedSeq: await this.#queue.ackFloor() };
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
