import type { IntentFrame } from "@natter/protocol/plain";
import type { NatterError } from "../errors.ts";
import type { OutboxEntry } from "./outbox-store.ts";
import type { Ack } from "../session.ts";
import type { Delivery, UserMessage } from "../snapshots.ts";

/** An intent of this client whose event did not come yet. */
export interface PendingIntent {
  readonly entry: OutboxEntry;
  readonly delivery: Delivery;
  /** Why `delivery` is `failed`. */
  readonly error: NatterError | undefined;
  /** Of a stored one: where its event will be. It stays until that has come, so that nothing flickers in between. */
  readonly stored: Ack | undefined;
}

/** Whether a person wrote something that would be lost with it. */
export function wasWritten({ type }: IntentFrame): boolean {
  return type === "message" || type === "edit";
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

/** What was to be the new text of a message. */
export function refusedEditOf(intents: readonly PendingIntent[], id: string): UserMessage["refusedEdit"] {
  for (const { entry, error } of intents)
    if (error && entry.frame.type === "edit" && entry.frame.messageId === id)
      return { key: entry.id, text: entry.frame.message, error };
  return undefined;
}
