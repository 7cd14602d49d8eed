import { readTail, type SessionLog, type StoreClient } from "@natter/session-log";
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
import { ignoreStoreAway } from "../failure.ts";
import { placedEvents } from "../history/session-deletion.ts";

type ReactionEvent = LogEventOf<"reaction">;

/**
 * Tells of a reaction whether it would count, before it is in the log. Two that come at the same moment may both pass; then
 * the folds leave out the later one.
 */
export class ReactionGate {
  readonly #log: SessionLog;
  readonly #store: StoreClient;

  constructor(parts: { log: SessionLog; store: StoreClient }) {
    this.#log = parts.log;
    this.#store = parts.store;
  }

  /** `undefined`: it may go into the log. With the store away or far behind nobody can know better. */
  async refusalOf(sessionId: string, event: ReactionEvent): Promise<ErrorCode | undefined> {
    const { emoji, on, user } = event;
    const reactions = await this.#reactionsFor(sessionId, event).catch(ignoreStoreAway);
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
    const known = await this.#store.ask("reactions", { sessionId, messageId, reader: user.id });
    const { epoch } = this.#log;
    const appliedSeq = known.epoch === epoch ? known.appliedSeq : 0;
    const last = await this.#log.last(sessionId);
    const { events, isCut } = await readTail(this.#log, sessionId, {
      after: appliedSeq,
      upTo: last?.seq ?? 0,
    });
    if (isCut) return undefined;
    const later: ReactionRegisters = new Map();
    for (const { event, seq } of placedEvents(events)) {
      if (event.type !== "reaction" || event.messageId !== messageId) continue;
      addReaction(later, { emoji: event.emoji, user: event.user.id, on: event.on }, { epoch, seq });
    }
    return foldReactions(known.reactions, later, { after: { epoch, seq: appliedSeq }, reader: user.id });
  }
}
