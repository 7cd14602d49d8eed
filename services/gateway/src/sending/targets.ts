import { isAuthor, readTail, StoreAway, type SessionLog, type StoreClient } from "@natter/session-log";
import { messageOf, promptedMessage, promptOf, type LogEvent } from "@natter/protocol";
import { Failure } from "../failure.ts";
import { targetOf } from "./intent.ts";
import { lastDeletion, placedEvents, type FirstAuthor } from "../history/session-deletion.ts";

interface Known {
  /** The user's message that the target is, or is an answer to. */
  readonly message: boolean;
  /** Its author has deleted that message. */
  readonly deleted: boolean;
  /** The prompt that the target answers; `true` if the target is no reply. */
  readonly prompt: boolean;
}

interface Stored extends Known {
  /** The answer is complete up to here; `undefined` with the store away. */
  readonly appliedSeq: number | undefined;
}

/**
 * Whether what a stop, an edit, a deletion, a reaction or a regenerate is about exists. What is about nothing is
 * refused: anybody could append any number of them, and each would be kept for ever.
 */
export class Targets {
  readonly #log: SessionLog;
  readonly #store: StoreClient;
  readonly #firstAuthor: FirstAuthor;

  constructor(parts: { log: SessionLog; store: StoreClient; firstAuthor: FirstAuthor }) {
    this.#log = parts.log;
    this.#store = parts.store;
    this.#firstAuthor = parts.firstAuthor;
  }

  /**
   * @throws Failure `not_found` if what the event is about is not there, or is there without its words and the event needs
   * them; `temporary` if that cannot be known
   * @throws LogUnreadable
   */
  async require(sessionId: string, event: LogEvent): Promise<void> {
    const target = targetOf(event);
    if (target === undefined) return;
    const [stored, last] = await Promise.all([this.#askStore(sessionId, target), this.#log.last(sessionId)]);
    const { events, isCut } = await readTail(this.#log, sessionId, {
      after: stored.appliedSeq ?? 0,
      upTo: last?.seq ?? 0,
    });
    const placed = placedEvents(events);
    const deletion = await lastDeletion(placed, () => this.#firstAuthor(sessionId));
    // What the store knows is from before the events that were not read, and one of them may have ended it.
    let known: Known = deletion || isCut ? nothingOf(target) : stored;
    for (const later of placed)
      if (later.seq > (deletion?.seq ?? 0)) known = withEvent(known, later.event, target);
    const isVoid = known.deleted && needsWords(event, target);
    if (known.message && known.prompt && !isVoid) return;
    if (!isVoid && !deletion && (isCut || stored.appliedSeq === undefined))
      throw new Failure("temporary", "It is not known now whether there is such a message");
    throw new Failure("not_found", "There is no such message in this session");
  }

  async #askStore(sessionId: string, target: string): Promise<Stored> {
    const promptId = promptOf(target);
    const question = {
      sessionId,
      messageId: messageOf(target),
      ...(promptId === undefined ? {} : { promptId }),
    };
    try {
      const answer = await this.#store.ask("target", question);
      const { message, prompt, deleted = false, appliedSeq, epoch } = answer;
      return { message, prompt, deleted, appliedSeq: epoch === this.#log.epoch ? appliedSeq : 0 };
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      return { ...nothingOf(target), appliedSeq: undefined };
    }
  }
}

function nothingOf(target: string): Known {
  return { message: false, deleted: false, prompt: promptOf(target) === undefined };
}

function withEvent(known: Known, event: LogEvent, target: string): Known {
  const promptId = promptOf(target);
  const messageId = messageOf(target);
  const isDeletion = event.type === "message_deleted" && event.messageId === messageId;
  return {
    message: known.message || (event.type === "message" && event.id === messageId),
    deleted: known.deleted || (isDeletion && isAuthor(event.user.id, messageId)),
    prompt: known.prompt || (event.id === promptId && promptedMessage(event) !== undefined),
  };
}

/** A reply stays when the message that it answers is deleted, so people may go on reacting to it. */
function needsWords(event: LogEvent, target: string): boolean {
  if (event.type === "reaction") return target === messageOf(target);
  return event.type === "message_edited" || event.type === "regenerate_requested";
}
