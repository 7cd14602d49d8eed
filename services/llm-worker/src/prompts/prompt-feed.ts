/** The durable pull consumer that all workers share. */
import { StoreAway, type SessionLog, type StoreClient } from "@natter/session-log";
import { consumers, streamName } from "@natter/protocol";

/** A wake-up in hand: it comes again unless it is acknowledged, or `working` is said, within the ack wait. */
export interface WakeUp {
  readonly subject: string;
  readonly seq: number;
  readonly data: Uint8Array;
  ack(): void;
  nak(delayMs?: number): void;
  working(): void;
}

const pullMs = 10_000;
const heartbeatMs = 1_000;
const maxAckPending = 20_000;
const nanosPerMs = 1_000_000;
const consumerNotFound = 10_014;

/** Hands out up to `free` events as they come, for one pull; ends early when the consumer is gone. */
export async function pull(
  log: SessionLog,
  free: number,
): Promise<AsyncIterable<WakeUp> & { close(): Promise<unknown> }> {
  const consumer = await log.manager.jetstream().consumers.get(streamName, consumers.responder);
  return consumer.fetch({ max_messages: free, expires: pullMs, idle_heartbeat: heartbeatMs });
}

/** Makes the consumer if it is missing: it starts where the earliest open prompt is. */
export async function ensureResponder(log: SessionLog, store: StoreClient, ackWaitMs: number): Promise<void> {
  try {
    await log.manager.consumers.info(streamName, consumers.responder);
    return;
  } catch (error) {
    if ((error as { code?: unknown }).code !== consumerNotFound) throw error;
  }
  const startSeq = await firstNeededSeq(log, store);
  await log.manager.consumers.add(streamName, {
    durable_name: consumers.responder,
    ack_policy: "explicit",
    ack_wait: ackWaitMs * nanosPerMs,
    max_deliver: -1,
    max_ack_pending: maxAckPending,
    ...(startSeq > 1
      ? { deliver_policy: "by_start_sequence", opt_start_seq: startSeq }
      : { deliver_policy: "all" }),
  });
}

async function firstNeededSeq(log: SessionLog, store: StoreClient): Promise<number> {
  try {
    const { position, epoch, appliedSeq } = await store.ask("earliest_prompt", {});
    // A prompt of an earlier epoch says nothing about this one's: there may be an open one anywhere.
    if (epoch !== log.epoch || (position && position.epoch !== log.epoch)) return 1;
    return position?.seq ?? appliedSeq + 1;
  } catch (error) {
    // Without the store every event is looked at again: those that are answered are acknowledged at once.
    if (error instanceof StoreAway) return 1;
    throw error;
  }
}
