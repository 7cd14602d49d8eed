import type { IntentFrame } from "@natter/protocol/plain";
import type { NatterError } from "./errors.ts";
import type { OutboxEntry } from "./outbox-store.ts";
import type { Delivery } from "./snapshots.ts";

/** An intent of this client whose event did not come yet. */
export interface PendingIntent {
  readonly entry: OutboxEntry;
  readonly delivery: Delivery;
  readonly error: NatterError | undefined;
  /** Of a stored one: the id of the event that will come. */
  readonly eventId: string | undefined;
}

/** The message that an intent changes the look of. */
export function targetOf(frame: IntentFrame): string | undefined {
  return frame.type === "edit" || frame.type === "delete" || frame.type === "reaction"
    ? frame.messageId
    : undefined;
}

/** What is to be seen of a message before it is stored. */
export function changesOf(intents: readonly PendingIntent[], id: string): IntentFrame[] {
  return intents
    .filter(({ entry, delivery }) => targetOf(entry.frame) === id && delivery !== "failed")
    .map(({ entry }) => entry.frame);
}
