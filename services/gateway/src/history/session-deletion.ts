import { StoreAway, type StoredEvent } from "@natter/session-log";
import type { LogEvent } from "@natter/protocol";
import { Failure } from "../failure.ts";
import { eventIn } from "./tombstone.ts";

/** The user who may delete a session. @throws StoreAway, Failure `temporary` */
export type FirstAuthor = (sessionId: string) => Promise<string | undefined>;

export interface PlacedEvent {
  readonly event: LogEvent;
  readonly seq: number;
}

/** Not everything that somebody put into the log is an event; the recorder puts the rest aside. */
export function placedEvents(stored: readonly StoredEvent[]): PlacedEvent[] {
  return stored.flatMap(({ bytes, seq }) => {
    const event = eventIn(bytes);
    return event ? [{ event, seq }] : [];
  });
}

/**
 * The last deletion of the session among its events by the user who may. While nobody knows who that is each one counts: the
 * gateway asked before it took it.
 */
export async function lastDeletion(
  events: readonly PlacedEvent[],
  firstAuthor: () => Promise<string | undefined>,
): Promise<PlacedEvent | undefined> {
  const deletions = events.filter(({ event }) => event.type === "session_deleted");
  if (deletions.length === 0) return undefined;
  const author = await firstAuthor().catch(ignoreAbsence);
  return deletions.findLast(({ event }) => author === undefined || event.user.id === author);
}

/** For what the store alone knows, while it is away or far behind. */
export function ignoreAbsence(error: unknown): undefined {
  if (!(error instanceof StoreAway || error instanceof Failure)) throw error;
}
