import { StoreUnavailable, type PlacedEvent } from "@natter/session-log";
import { deletesSession, mayDeleteSession } from "@natter/protocol";
import { Failure } from "../failure.ts";

/** The user who may delete a session. @throws StoreUnavailable, Failure `temporary` */
export type FirstAuthor = (sessionId: string) => Promise<string | undefined>;

/**
 * The last deletion of the session among its events by the user who may. While nobody knows who that is each one counts: the
 * gateway asked before it took it.
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

/** For what the store alone knows, while it is away or far behind. */
export function ignoreAbsence(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable || error instanceof Failure)) throw error;
}
