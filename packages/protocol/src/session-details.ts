/** What a session is, folded from its `session_updated` and `session_deleted` events and its first author. */
import { comparePositions, type Position } from "./position.ts";
import { aiUser, type LogEvent } from "./server-frames.ts";

export interface SessionDetails {
  readonly title?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
  /** Id of the user whose event is the first of the session. Only this user may delete it. */
  readonly firstAuthor?: string;
  readonly deleted?: boolean;
}

const fields = ["title", "systemPrompt", "model"] as const;

/** Applies events that are later than `details`, in the order of the log. */
export function foldDetails(details: SessionDetails, events: readonly LogEvent[]): SessionDetails {
  let folded = details;
  for (const event of events) {
    if (folded.firstAuthor === undefined && isByPerson(event)) {
      folded = { ...folded, firstAuthor: event.user.id };
    }
    if (event.type === "session_deleted") folded = { ...folded, deleted: true };
    if (event.type !== "session_updated") continue;
    for (const field of fields) {
      const value = event[field];
      if (value !== undefined) folded = { ...folded, [field]: value };
    }
  }
  return folded;
}

/** The model is nobody's author: not of its replies, nor of the title that it gave. */
export function isByPerson(event: LogEvent): boolean {
  return event.user.id !== aiUser.id;
}

/** Whether `candidate` is later than what is known, or nothing is known. */
export function isLater(candidate: Position, known: Position | undefined): boolean {
  return known === undefined || comparePositions(candidate, known) > 0;
}
