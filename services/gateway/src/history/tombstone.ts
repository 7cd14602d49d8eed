/** What a reader may still see of an event after the deletion of its content. */
import {
  deletesSession,
  detailsIn,
  attemptStepOf,
  encodeFrame,
  isByPerson,
  mayDeleteSession,
  promptedMessage,
  shownMessage,
  traitsIn,
  traitsOf,
  withoutContent,
  type LogEvent,
} from "@natter/protocol";

/**
 * Finds events after the deletion of a session that are about the deleted content: the end of a reply that was running, and the
 * title that the model made from it.
 */
class Leftovers {
  readonly #prompts = new Set<string>();

  /** Call this for every event after the deletion, in order. */
  has(event: LogEvent): boolean {
    if (promptedMessage(event) !== undefined) this.#prompts.add(event.id);
    const step = attemptStepOf(event);
    if (step) return !this.#prompts.has(step.promptId);
    return detailsIn(event) !== undefined && !isByPerson(event) && this.#prompts.size === 0;
  }
}

/**
 * The events without invalid deletions of the session, and without leftovers of a deletion. Only `firstAuthor` may delete the
 * session. If the first author is not known, every deletion counts.
 */
export function withoutDeleted(events: readonly LogEvent[], firstAuthor: string | undefined): LogEvent[] {
  let leftovers: Leftovers | undefined;
  return events.filter((event) => {
    if (!deletesSession(event)) return leftovers?.has(event) !== true;
    const counts = mayDeleteSession(event.user.id, firstAuthor, "allowed");
    if (counts) leftovers = new Leftovers();
    return counts;
  });
}

/** Whether the event has a text that its author may delete. A reply has no author; only the deletion of its session removes it. */
export function isDeletable(bytes: Uint8Array): boolean {
  return traitsIn(bytes).contentOf !== undefined;
}

/** The event without its content. One that had a text says when it was deleted, as a deleted message of a page does. */
export function tombstoneOf(event: LogEvent, deletedAt: string): Uint8Array {
  const hadText = shownMessage(event) !== undefined || traitsOf(event).contentOf !== undefined;
  return encodeFrame({ ...withoutContent(event), ...(hadText ? { deletedAt } : {}) });
}
