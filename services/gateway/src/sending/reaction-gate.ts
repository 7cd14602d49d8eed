import type { SessionView } from "@natter/session-log";
import {
  addReaction,
  foldReactions,
  hasRoomFor,
  isEmoji,
  type ErrorCode,
  reactionIn,
  type LogEvent,
  type Reaction,
  type ReactionRegisters,
} from "@natter/protocol";

/**
 * Checks before the append whether a reaction would count. Two reactions at the same moment can both pass; then the folds leave out
 * the later one.
 */
export class ReactionGate {
  readonly #view: SessionView;

  constructor(deps: { view: SessionView }) {
    this.#view = deps.view;
  }

  /** `undefined` if the reaction may be appended. This includes a store that is unavailable or far behind. */
  async refusalOf(sessionId: string, event: LogEvent): Promise<ErrorCode | undefined> {
    const change = reactionIn(event);
    if (!change) return undefined;
    const { emoji, on, user } = change;
    const reactions = await this.#reactionsFor(sessionId, change);
    if (!reactions) return undefined;
    if (on) return hasRoomFor(reactions, { emoji, user }) ? undefined : "too_many_reactions";
    // Each emoji that a user took back stays a row of the store for ever. Earlier versions stored other texts as well: a user who set
    // one may take it back.
    const isSet = reactions.some((known) => known.emoji === emoji && known.users.includes(user));
    if (isSet) return undefined;
    return isEmoji(emoji) ? "not_found" : "bad_emoji";
  }

  /** The message's reactions at this moment. The user of the event is always listed. */
  async #reactionsFor(
    sessionId: string,
    { messageId, user }: { readonly messageId: string; readonly user: string },
  ): Promise<Reaction[] | undefined> {
    const question = { sessionId, messageId, reader: user };
    const view = await this.#view.read(sessionId, "reactions", question, "log-alone");
    const { answer, events, isCut, epoch, appliedSeq } = view;
    if (!answer || isCut) return undefined;
    const later: ReactionRegisters = new Map();
    for (const { event, seq } of events) {
      const change = reactionIn(event);
      if (change?.messageId === messageId) addReaction(later, change, { epoch, seq });
    }
    return foldReactions(answer.reactions, later, { after: { epoch, seq: appliedSeq }, reader: user });
  }
}
