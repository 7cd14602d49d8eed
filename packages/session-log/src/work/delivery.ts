import type { JsMsg } from "@nats-io/jetstream";

/** An event in hand. It comes again unless it is acknowledged, terminated or extended within the queue's ack wait. */
export interface Delivery {
  readonly subject: string;
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** When the broker stored it, in ms since 1970. */
  readonly storedAtMs: number;
  /** The event is done. */
  ack(): void;
  /** The event comes again, after `delayMs`. */
  nak(delayMs?: number): void;
  /** The ack wait begins anew. */
  extend(): void;
  /** The event never comes again, though it is not done. */
  terminate(): void;
}

const nanosPerMs = 1_000_000n;

export function toDelivery(message: JsMsg): Delivery {
  return {
    subject: message.subject,
    seq: message.seq,
    bytes: message.data,
    storedAtMs: Number(message.timestampNanos / nanosPerMs),
    ack: () => message.ack(),
    nak: (delayMs) => message.nak(delayMs),
    extend: () => message.working(),
    terminate: () => message.term(),
  };
}
