import { createHash } from "node:crypto";
import { bodyOf, type LogEvent } from "@natter/protocol";

const authorLength = 8;
const intentLength = 16;

/**
 * The id of the event that an intent of a user makes: the same intent always has the same id, whichever
 * gateway asks and however late. It begins with a tag of the author, so that a gateway can tell whose
 * message an id is without asking anybody; the broker's dedupe ids are per stream, so the user is hashed in.
 */
export function eventIdOf(intent: { userId: string; sessionId: string; clientId: string }): string {
  const { userId, sessionId, clientId } = intent;
  return authorTag(userId) + digest(JSON.stringify([userId, sessionId, clientId]), intentLength);
}

/** Whether the event `eventId` is the user's own. */
export function isAuthor(userId: string, eventId: string): boolean {
  return eventId.length === authorLength + intentLength && eventId.startsWith(authorTag(userId));
}

/** Equal for two events with one id if they are the same intent. A later edit or deletion does not change it. */
export function bodyHashOf(event: LogEvent): string {
  return digest(JSON.stringify(bodyOf(event)), 22);
}

function authorTag(userId: string): string {
  return digest(`author:${userId}`, authorLength);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, length);
}
