import type { SessionView } from "@natter/session-log";
import {
  addReaction,
  foldReactions,
  hasRoomFor,
  isEmoji,
  type ErrorCode,
  type LogEventOf,
  type Reaction,
  type ReactionRegisters,
} from "@natter/protocol";

type ReactionEvent = LogEventOf<"reaction">;

/**
 * Tells of a reaction whether it would count, before it is in the log. Two that come at the same moment may both pass; then
 * the folds leave out the later one.
 */
export class ReactionGate {
  readonly #view: SessionView;

  constructor(deps: { view: SessionView }) {
    this.#view = deps.view;
  }

  /** `undefined`: it may go into the log. With the store away or far behind nobody can know better. */
  async refusalOf(sessionId: string, event: ReactionEvent): Promise<ErrorCode | undefined> {
    const { emoji, on, user } = event;
    const reactions = await this.#reactionsFor(sessionId, event);
    if (!reactions) return undefined;
    if (on) return hasRoomFor(reactions, { emoji, user: user.id }) ? undefined : "too_many_reactions";
    // Each emoji that a user has taken back is a row of the store for ever. An earlier natter stored other texts, too:
    // whoever has set one may take it back.
    const isSet = reactions.some((known) => known.emoji === emoji && known.users.includes(user.id));
    if (isSet) return undefined;
    return isEmoji(emoji) ? "not_found" : "bad_emoji";
  }

  /** Those of the message at this moment. The user of the event is listed in each of theirs. */
  async #reactionsFor(
    sessionId: string,
    { messageId, user }: ReactionEvent,
  ): Promise<Reaction[] | undefined> {
    const question = { sessionId, messageId, reader: user.id };
    const view = await this.#view.read(sessionId, "reactions", question, "log-alone");
    const { answer, events, isCut, epoch, appliedSeq } = view;
    if (!answer || isCut) return undefined;
    const later: ReactionRegisters = new Map();
    for (const { event, seq } of events) {
      if (event.type !== "reaction" || event.messageId !== messageId) continue;
      addReaction(later, { emoji: event.emoji, user: event.user.id, on: event.on }, { epoch, seq });
    }
    return foldReactions(answer.reactions, later, { after: { epoch, seq: appliedSeq }, reader: user.id });
  }
}
