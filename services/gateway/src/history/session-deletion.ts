import { StoreUnavailable, type PlacedEvent } from "@natter/session-log";
import { deletesSession, mayDeleteSession } from "@natter/protocol";
import { Failure } from "../failure.ts";

/** The user who may delete a session. @throws StoreUnavailable, Failure `temporary` */
export type FirstAuthor = (sessionId: string) => Promise<string | undefined>;

/**
 * The last valid deletion of the session among its events: only its first author may delete it. While the first author is not
 * known, every deletion counts, because the gateway checked the author before it appended the deletion.
 */
export async function lastDeletion(
  events: readonly PlacedEvent[],
  firstAuthor: () => Promise<string | undefined>,
): Promise<PlacedEvent | undefined> {
  const deletions = events.filter(({ event }) => deletesSession(event));
  if (deletions.length === 0) return undefined;
  const author = await firstAuthor().catch(ignoreAbsence);
  return deletions.findLast(({ event }) => mayDeleteSession(event.user.id, author, "allowed"));
}

/** Turns an unavailable store into `undefined`, for facts that only the store has. */
export function ignoreAbsence(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable || error instanceof Failure)) throw error;
}
