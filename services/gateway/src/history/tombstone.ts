/** What may still be shown of an event whose content was deleted later. */
import {
  aiUser,
  encodeFrame,
  frameHeads,
  promptedMessage,
  startsWith,
  type LogEvent,
} from "@natter/protocol";

/**
 * Tells what comes after the deletion of a session and is about what was before it: the end of a reply that was
 * running, and the title that the model made of it.
 */
export class Leftovers {
  readonly #prompts = new Set<string>();

  /** To be asked of every event after the deletion, in order. */
  has(event: LogEvent): boolean {
    if (promptedMessage(event) !== undefined) this.#prompts.add(event.id);
    if (event.type === "ai_start" || event.type === "ai_complete") return !this.#prompts.has(event.promptId);
    return event.type === "session_updated" && event.user?.id === aiUser.id && this.#prompts.size === 0;
  }
}

/**
 * The events without deletions of the session by others than `firstAuthor`, and without what a deletion has left over.
 * If the first author is not known every deletion counts.
 */
export function withoutDeleted(events: readonly LogEvent[], firstAuthor: string | undefined): LogEvent[] {
  let leftovers: Leftovers | undefined;
  return events.filter((event) => {
    if (event.type !== "session_deleted") return leftovers?.has(event) !== true;
    const counts = firstAuthor === undefined || event.user.id === firstAuthor;
    if (counts) leftovers = new Leftovers();
    return counts;
  });
}

const { message, messageEdited } = frameHeads;

/** Whether the event has a text that its author may delete. A reply is nobody's, and goes only with its session. */
export function isDeletable(bytes: Uint8Array): boolean {
  return startsWith(bytes, message) || startsWith(bytes, messageEdited);
}

/** The event without its content, in the shape of a deleted message on a page. */
export function tombstoneOf(event: LogEvent, deletedAt: string): Uint8Array {
  switch (event.type) {
    case "message": {
      const { attachments: _attachments, ...rest } = event;
      return encodeFrame({ ...rest, message: "", deletedAt });
    }
    case "ai_complete": {
      const { reasoning: _reasoning, error: _error, ...rest } = event;
      return encodeFrame({ ...rest, message: "", deletedAt });
    }
    case "message_edited":
      return encodeFrame({ ...event, message: "", deletedAt });
    case "session_updated": {
      const { title: _title, ...rest } = event;
      return encodeFrame(rest);
    }
    default:
      return encodeFrame(event);
  }
}
