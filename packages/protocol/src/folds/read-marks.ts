/** How far each user has read a session, folded from its events. Pure. */
import { deletesSession, readMarkIn } from "../events/event-meaning.ts";
import type { LogEvent, User } from "../frames/server-frames.ts";
import { limits } from "../limits.ts";

/** How far a user has read. */
export interface ReadMark {
  /** With the name that the user had then. */
  readonly user: User;
  /** The last message seen. */
  readonly messageId: string;
}

/** Applies events that are later than `marks`, in the order of the log. Of each user the latest mark, latest first. */
export function foldReadMarks(marks: readonly ReadMark[], events: readonly LogEvent[]): ReadMark[] {
  const byUser = new Map(marks.toReversed().map((mark) => [mark.user.id, mark]));
  for (const event of events) {
    if (deletesSession(event)) byUser.clear();
    const messageId = readMarkIn(event);
    if (messageId === undefined) continue;
    const { user } = event;
    byUser.delete(user.id);
    byUser.set(user.id, { user, messageId });
  }
  return [...byUser.values()].toReversed().slice(0, limits.readMarks);
}
