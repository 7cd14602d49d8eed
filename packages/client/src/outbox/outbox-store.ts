import type { IntentFrame } from "@natter/protocol/plain";

/** An intent that is not known to be stored. */
export interface OutboxEntry {
  readonly sessionId: string;
  /** Client id of the frame. */
  readonly id: string;
  /** Ascending within a session in the order of calls. */
  readonly order: number;
  readonly frame: IntentFrame;
  /** ISO 8601 */
  readonly createdAt: string;
  /** True: it was on the wire once, so it may be stored. */
  readonly wasSent: boolean;
  /** There if it was refused for good. */
  readonly refusal?: { readonly code: string; readonly message: string } | undefined;
}

/**
 * Where the outbox of a client is kept. `put` and `remove` are called in the order in which things happened, one
 * after another, and may take their time; a rejection is reported as an `error` event, and the intent is kept in
 * memory. Two tabs may share one: both send what they find, and the server stores it once.
 */
export interface OutboxStore {
  /** All entries of a session, ascending by `order`. */
  load(sessionId: string): Promise<readonly OutboxEntry[]>;
  /** Adds an entry or replaces the one with the same session and id. */
  put(entry: OutboxEntry): Promise<void>;
  /** Does nothing if there is none. */
  remove(sessionId: string, id: string): Promise<void>;
}
