import { jetstreamManager, type ConsumerInfo, type JetStreamManager } from "@nats-io/jetstream";
import { consumers, streamName } from "@natter/protocol";
import { clientOf, type Connection } from "../connection.ts";
import { Fetch } from "./fetch.ts";

export interface WorkQueueOptions {
  /** The durable consumer that all processes of a service share. */
  readonly consumer: keyof typeof consumers;
  /** A delivery comes again unless it is acknowledged, or extended, within this time. */
  readonly ackWaitMs: number;
  /** Deliveries of all processes together that wait for their ack. */
  readonly maxUnacknowledged: number;
  /** Where a consumer that is made now begins. 1: at the first event of the log. */
  readonly firstSeq: () => Promise<number>;
}

/** A fetch ends after this, or two heartbeats after the consumer was deleted or the broker fell silent. */
const fetchMs = 5_000;
const heartbeatMs = 1_000;
const nanosPerMs = 1_000_000;
const consumerNotFound = 10_014;

/**
 * The log as a queue of work: every event goes to one of the processes that share the queue, and comes again until one
 * of them acknowledges it. An existing consumer keeps its place and what an operator has set.
 */
export class WorkQueue {
  readonly #manager: JetStreamManager;
  readonly #options: WorkQueueOptions;

  private constructor(manager: JetStreamManager, options: WorkQueueOptions) {
    this.#manager = manager;
    this.#options = options;
  }

  static async open(connection: Connection, options: WorkQueueOptions): Promise<WorkQueue> {
    return new WorkQueue(await jetstreamManager(clientOf(connection), { checkAPI: false }), options);
  }

  /** Makes the consumer if it is missing. @throws an error of the broker or of `firstSeq` */
  async ensure(): Promise<void> {
    await this.#ensureConsumer();
  }

  /** Begins to fetch up to `maxDeliveries` events. Makes the consumer if it is missing. @throws as `ensure` */
  async fetch(maxDeliveries: number): Promise<Fetch> {
    const info = await this.#ensureConsumer();
    const consumer = this.#manager.jetstream().consumers.getConsumerFromInfo(info);
    const messages = await consumer.fetch({
      max_messages: maxDeliveries,
      expires: fetchMs,
      idle_heartbeat: heartbeatMs,
    });
    return new Fetch(messages, fetchMs * 3);
  }

  /** The seq up to which every event of the log is acknowledged. @throws an error of the broker */
  async ackFloor(): Promise<number> {
    const info = await this.#manager.consumers.info(streamName, consumers[this.#options.consumer]);
    return info.ack_floor.stream_seq;
  }

  /** Sets nothing that is newer than nats-server 2.9. */
  async #ensureConsumer(): Promise<ConsumerInfo> {
    const { consumer, ackWaitMs, maxUnacknowledged, firstSeq } = this.#options;
    const name = consumers[consumer];
    try {
      return await this.#manager.consumers.info(streamName, name);
    } catch (error) {
      if ((error as { code?: unknown }).code !== consumerNotFound) throw error;
    }
    const startSeq = await firstSeq();
    return this.#manager.consumers.add(streamName, {
      durable_name: name,
      ack_policy: "explicit",
      ack_wait: ackWaitMs * nanosPerMs,
      max_deliver: -1,
      max_ack_pending: maxUnacknowledged,
      ...(startSeq > 1
        ? { deliver_policy: "by_start_sequence", opt_start_seq: startSeq }
        : { deliver_policy: "all" }),
    });
  }
}
