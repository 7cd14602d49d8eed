/** What a session is and how far it was read, folded from its events. Pure. */
import { comparePositions, type Position } from "../position.ts";
import { aiUser } from "../frames/ai-user.ts";
import { limits } from "../limits.ts";
import type { LogEvent, User } from "../frames/server-frames.ts";

export interface SessionDetails {
  readonly title?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
  /** Id of the user who sent the session's first message (`beginsSession`). Only this user may delete it. */
  readonly firstAuthor?: string;
  /** Nobody has begun it again since. */
  readonly deleted?: boolean;
}

const fields = ["title", "systemPrompt", "model"] as const;

/** Applies events that are later than `details`, in the order of the log. */
export function foldDetails(details: SessionDetails, events: readonly LogEvent[]): SessionDetails {
  let folded = details;
  for (const event of events) {
    if (beginsSession(event)) {
      const { deleted: _deleted, ...begun } = folded;
      folded = { firstAuthor: event.user.id, ...begun };
    }
    const { firstAuthor } = folded;
    // A part of a log may not say whose the session is. The gateway asked that before it took the deletion.
    const mayDelete = firstAuthor === undefined || event.user.id === firstAuthor;
    if (event.type === "session_deleted" && mayDelete) {
      // What it was called says what it was about: that goes with it.
      folded = { ...(firstAuthor === undefined ? {} : { firstAuthor }), deleted: true };
    }
    if (event.type !== "session_updated") continue;
    for (const field of fields) {
      const value = event[field];
      if (value !== undefined) folded = { ...folded, [field]: value };
    }
  }
  return folded;
}

/** How far a user has read. */
export interface ReadMark {
  /** As this user was called then. */
  readonly user: User;
  /** The last message seen. */
  readonly messageId: string;
}

/** Applies events that are later than `marks`, in the order of the log. Of each user the latest mark, latest first. */
export function foldReadMarks(marks: readonly ReadMark[], events: readonly LogEvent[]): ReadMark[] {
  const byUser = new Map(marks.toReversed().map((mark) => [mark.user.id, mark]));
  for (const event of events) {
    if (event.type === "session_deleted") byUser.clear();
    if (event.type !== "read_receipt") continue;
    const { user, messageId } = event;
    byUser.delete(user.id);
    byUser.set(user.id, { user, messageId });
  }
  return [...byUser.values()].toReversed().slice(0, limits.readMarks);
}

/**
 * Whether an event makes its user the owner of a session that has none. Only words do: whoever comes first and reads, reacts or
 * names the session takes nothing from the person who then speaks in it.
 */
export function beginsSession(event: LogEvent): boolean {
  return event.type === "message" && isByPerson(event);
}

/** The model is nobody's author: not of its replies, nor of the title that it gave. */
export function isByPerson(event: LogEvent): boolean {
  return event.user.id !== aiUser.id;
}

/** Whether `candidate` is later than what is known, or nothing is known. */
export function isLater(candidate: Position, known: Position | undefined): boolean {
  return known === undefined || comparePositions(candidate, known) > 0;
}
