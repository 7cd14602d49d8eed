import { createHash } from "node:crypto";
import type { LogEvent } from "@natter/protocol";

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

/** Tells whether two events with one id say the same. Edits and deletions do not touch it. */
export function bodyHashOf(event: LogEvent): string {
  return digest(JSON.stringify(bodyOf(event)), 22);
}

function authorTag(userId: string): string {
  return digest(`author:${userId}`, authorLength);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, length);
}

/** What the user said, without what the server added, in a fixed order. */
function bodyOf(event: LogEvent): unknown[] {
  switch (event.type) {
    case "message":
      return [event.type, event.message, event.attachments?.map(({ id }) => id) ?? [], event.replyTo ?? null];
    case "message_edited":
      return [event.type, event.messageId, event.message, event.reply ?? false];
    case "reaction":
      return [event.type, event.messageId, event.emoji, event.on];
    case "message_deleted":
    case "read_receipt":
    case "regenerate_requested":
    case "stop_requested":
      return [event.type, event.messageId];
    case "session_updated":
      return [event.type, event.title ?? null, event.systemPrompt ?? null, event.model ?? null];
    case "session_deleted":
      return [event.type];
    case "ai_start":
    case "ai_complete":
      return [event.type, event.promptId, event.attempt];
  }
}
