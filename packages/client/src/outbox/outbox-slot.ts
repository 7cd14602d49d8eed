import { toError, type NatterError } from "../errors.ts";
import type { OutboxEntry } from "./outbox-store.ts";
import type { PendingIntent } from "./pending-intent.ts";
import type { Ack } from "../session.ts";

/** A pending intent as its outbox has it. */
export interface Slot extends PendingIntent {
  entry: OutboxEntry;
  delivery: PendingIntent["delivery"];
  error: NatterError | undefined;
  stored: Ack | undefined;
  /** Whoever waits for the end of it. */
  waiting?: PromiseWithResolvers<Ack> | undefined;
}

export function slotOf(entry: OutboxEntry): Slot {
  const { refusal } = entry;
  const error =
    refusal && toError({ ...refusal, code: refusal.code as NatterError["code"], temporary: false });
  return { entry, delivery: error ? "failed" : "queued", error, stored: undefined };
}

/** Tells whoever waits. Who asks again waits anew. */
export function reject(slot: Slot, error: NatterError): void {
  slot.waiting?.reject(error);
  slot.waiting = undefined;
}
