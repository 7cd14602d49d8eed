import { isAuthor, type SessionView } from "@natter/session-log";
import {
  deletedMessage,
  messageOf,
  promptedMessage,
  promptOf,
  shownMessage,
  targetOf,
  type LogEvent,
  type RpcQuestion,
} from "@natter/protocol";
import { Failure } from "../failure.ts";
import { lastDeletion, type FirstAuthor } from "../history/session-deletion.ts";

interface Known {
  /** The user's message: the target itself, or the message that the target answers. */
  readonly message: boolean;
  /** The author has deleted that message. */
  readonly deleted: boolean;
  /** The prompt that the target answers; `true` if the target is no reply. */
  readonly prompt: boolean;
}

/**
 * Checks that the target of a stop, an edit, a deletion, a reaction or a regenerate exists. Without this check anybody could append any
 * number of events about nothing, and each would be stored for ever.
 */
export class Targets {
  readonly #view: SessionView;
  readonly #firstAuthor: FirstAuthor;

  constructor(deps: { view: SessionView; firstAuthor: FirstAuthor }) {
    this.#view = deps.view;
    this.#firstAuthor = deps.firstAuthor;
  }

  /**
   * @throws Failure `not_found` if the target does not exist, or if its text is deleted and the event needs the text; `temporary` if the
   * gateway cannot know
   * @throws LogUnreadable
   */
  async require(sessionId: string, event: LogEvent): Promise<void> {
    const needed = targetOf(event);
    if (!needed) return;
    const { id: target, needsText } = needed;
    const question = questionOf(sessionId, target);
    const { answer, events, isCut } = await this.#view.read(sessionId, "target", question, "log-alone");
    const deletion = await lastDeletion(events, () => this.#firstAuthor(sessionId));
    // The store is older than the events that were not read, and one of these may have deleted the target.
    const isKnown = answer !== undefined && !deletion && !isCut;
    let known: Known = isKnown ? { ...answer, deleted: answer.deleted === true } : nothingOf(target);
    for (const later of events)
      if (later.seq > (deletion?.seq ?? 0)) known = withEvent(known, later.event, target);
    const isVoid = known.deleted && needsText;
    if (known.message && known.prompt && !isVoid) return;
    if (!isVoid && !deletion && (isCut || !answer))
      throw new Failure("temporary", "It is not known now whether there is such a message");
    throw new Failure("not_found", "There is no such message in this session");
  }
}

function questionOf(sessionId: string, target: string): RpcQuestion<"target"> {
  const promptId = promptOf(target);
  return { sessionId, messageId: messageOf(target), ...(promptId === undefined ? {} : { promptId }) };
}

function nothingOf(target: string): Known {
  return { message: false, deleted: false, prompt: promptOf(target) === undefined };
}

function withEvent(known: Known, event: LogEvent, target: string): Known {
  const promptId = promptOf(target);
  const messageId = messageOf(target);
  const isDeletion = deletedMessage(event) === messageId;
  return {
    message: known.message || shownMessage(event)?.id === messageId,
    deleted: known.deleted || (isDeletion && isAuthor(event.user.id, messageId)),
    prompt: known.prompt || (event.id === promptId && promptedMessage(event) !== undefined),
  };
}
