/** What a session is called, how it is answered and whose it is, folded from its events. Pure. */
import { defined } from "../defined.ts";
import { beginsSession, deletesSession, detailsIn, mayDeleteSession } from "../events/event-meaning.ts";
import type { LogEvent } from "../frames/server-frames.ts";

export interface SessionDetails {
  readonly title?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
  /** Id of the user who sent the session's first message (`beginsSession`). */
  readonly firstAuthor?: string;
  /** The session was deleted, and no person has written in it since. */
  readonly deleted?: boolean;
}

/** Applies events that are later than `details`, in the order of the log. */
export function foldDetails(details: SessionDetails, events: readonly LogEvent[]): SessionDetails {
  return events.reduce(foldEvent, details);
}

function foldEvent(details: SessionDetails, event: LogEvent): SessionDetails {
  const { firstAuthor } = details;
  if (beginsSession(event)) {
    const { deleted: _deleted, ...begun } = details;
    return { firstAuthor: event.user.id, ...begun };
  }
  // A title says what the session was about, so it goes with the content.
  if (deletesSession(event) && mayDeleteSession(event.user.id, firstAuthor, "allowed"))
    return defined({ firstAuthor, deleted: true });
  return { ...details, ...detailsIn(event) };
}
