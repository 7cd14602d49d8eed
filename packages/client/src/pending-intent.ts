import type { NatterError } from "./errors.ts";
import type { OutboxEntry } from "./outbox-store.ts";
import type { Delivery } from "./snapshots.ts";

/** An intent of this client whose event did not come yet. */
export interface PendingIntent {
  readonly entry: OutboxEntry;
  readonly delivery: Delivery;
  readonly error?: NatterError;
  /** Of a stored one: the id of the event that will come. */
  readonly eventId?: string;
}
