/** The durable pull consumer that all persistence processes share. */
import type { SessionLog } from "@natter/session-log";
import { consumers, streamName } from "@natter/protocol";

/** An event in hand: it comes again unless it is acknowledged within `ackWaitSeconds`. */
export interface Delivery {
  readonly subject: string;
  readonly seq: number;
  readonly data: Uint8Array;
  readonly timestampNanos: bigint;
  ack(): void;
  nak(delayMs?: number): void;
  term(): void;
}

const deliveriesInHand = 256;
const ackWaitSeconds = 30;
const maxAckPending = 5_000;
/** A pull ends after this, or two heartbeats after the consumer was deleted or the broker fell silent. */
const pullMs = 5_000;
const heartbeatMs = 1_000;
const nanosPerSecond = 1_000_000_000;
const consumerNotFound = 10_014;

/** One pull: up to `deliveriesInHand` events, handed out as they come. */
export class EventPull {
  readonly #arrived: Delivery[] = [];
  readonly #close: () => Promise<unknown>;
  readonly #guard: NodeJS.Timeout;
  #over = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  private constructor(messages: AsyncIterable<Delivery> & { close(): Promise<unknown> }) {
    this.#close = () => messages.close();
    // The pull ends by itself; this is for the case that a reconnect swallowed its end.
    this.#guard = setTimeout(() => void this.close(), pullMs * 3);
    void this.#read(messages);
  }

  static async open(log: SessionLog): Promise<EventPull> {
    const info = await ensureConsumer(log);
    const consumer = log.manager.jetstream().consumers.getConsumerFromInfo(info);
    return new EventPull(
      await consumer.fetch({ max_messages: deliveriesInHand, expires: pullMs, idle_heartbeat: heartbeatMs }),
    );
  }

  /**
   * What has come since the last call, waiting for at least one event; empty when the pull is over.
   *
   * @throws what ended the pull early
   */
  async take(): Promise<Delivery[]> {
    while (this.#arrived.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const taken = this.#arrived.splice(0);
    if (taken.length === 0 && this.#error !== undefined) throw this.#error;
    return taken;
  }

  async close(): Promise<void> {
    await this.#close();
  }

  /** After `close`: what was never taken. */
  rest(): Delivery[] {
    return this.#arrived.splice(0);
  }

  async #read(messages: AsyncIterable<Delivery>): Promise<void> {
    try {
      for await (const message of messages) {
        this.#arrived.push(message);
        this.#wake?.();
      }
    } catch (error) {
      this.#error = error;
    }
    clearTimeout(this.#guard);
    this.#over = true;
    this.#wake?.();
  }
}

/** Nothing in it is newer than nats-server 2.9. An existing consumer keeps its place and what an operator set. */
async function ensureConsumer(
  log: SessionLog,
): Promise<Awaited<ReturnType<SessionLog["manager"]["consumers"]["info"]>>> {
  try {
    return await log.manager.consumers.info(streamName, consumers.recorder);
  } catch (error) {
    if ((error as { code?: unknown }).code !== consumerNotFound) throw error;
  }
  return log.manager.consumers.add(streamName, {
    durable_name: consumers.recorder,
    deliver_policy: "all",
    ack_policy: "explicit",
    ack_wait: ackWaitSeconds * nanosPerSecond,
    max_deliver: -1,
    max_ack_pending: maxAckPending,
  });
}
