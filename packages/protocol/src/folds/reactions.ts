/**
 * Who reacted to a message with which emoji, folded from its events and from the counts of a page before them. A message takes
 * a bounded number of different emoji, and so does a user on a message. If there are more, the earliest count, by the position
 * of their last event. So the result is the same in any order of the events. Pure.
 */
import type { ReactionChange } from "../events/event-traits.ts";
import type { Reaction } from "../frames/server-frames.ts";
import { reactionLimits as limits } from "../limits.ts";
import { comparePositions, type Position } from "../position.ts";

interface PlacedChange {
  readonly position: Position;
  readonly on: boolean;
}

/** The first and the last change of one emoji by one user. */
interface Register {
  first: PlacedChange;
  last: PlacedChange;
}

/** By emoji, then by user. */
export type ReactionRegisters = Map<string, Map<string, Register>>;

interface LastChange extends ReactionChange {
  readonly position: Position;
  /**
   * Whether the emoji was set before. The events of this user alone tell it: a user sets only what is not set, and takes back
   * only what is set.
   */
  readonly wasOn: boolean;
}

/** Events may come in any order and more than once. */
export function addReaction(registers: ReactionRegisters, change: ReactionChange, position: Position): void {
  const { emoji, user, on } = change;
  // No gateway takes such an emoji, but it may be in the log, and a page has to hold it.
  if (typeof emoji !== "string" || isTooLong(emoji)) return;
  let byUser = registers.get(emoji);
  if (!byUser) registers.set(emoji, (byUser = new Map()));
  const known = byUser.get(user);
  if (!known) byUser.set(user, { first: { position, on }, last: { position, on } });
  else if (comparePositions(position, known.first.position) < 0) known.first = { position, on };
  else if (comparePositions(position, known.last.position) > 0) known.last = { position, on };
}

/** The schema of the frame counts characters of Unicode, so this does, too. */
function isTooLong(emoji: string): boolean {
  return emoji.length > limits.emojiLength && Array.from(emoji).length > limits.emojiLength;
}

/**
 * The reactions of one message, ordered by emoji. `known` is complete up to the position `after`, so only later events change
 * it.
 *
 * @param at.reader a user who is listed in any case, because a page has to tell its reader whether they have reacted
 */
export function foldReactions(
  known: readonly Reaction[],
  registers: ReactionRegisters,
  at: { readonly after: Position; readonly reader?: string | undefined },
): Reaction[] {
  const board = new Board(known, at.reader);
  const changes = changesAfter(registers, at.after);
  // An emoji that is taken back makes room, at whatever position it was taken back.
  for (const change of changes) if (!change.on) board.takeBack(change);
  for (const change of changes) if (change.on) board.set(change);
  return board.reactions();
}

/** Whether one more reaction would count. `reactions` have to list the user. */
export function hasRoomFor(
  reactions: readonly Reaction[],
  { emoji, user }: Omit<ReactionChange, "on">,
): boolean {
  const own = reactions.filter(({ users }) => users.includes(user));
  if (own.some((reaction) => reaction.emoji === emoji)) return true;
  const isThere = reactions.some((reaction) => reaction.emoji === emoji);
  return own.length < limits.userEmoji && (isThere || reactions.length < limits.messageEmoji);
}

/** In the order of the log. */
function changesAfter(registers: ReactionRegisters, after: Position): LastChange[] {
  const changes: LastChange[] = [];
  for (const [emoji, byUser] of registers) {
    for (const [user, { first, last }] of byUser) {
      if (comparePositions(last.position, after) <= 0) continue;
      const wasOn = comparePositions(first.position, after) > 0 ? !first.on : !last.on;
      changes.push({ emoji, user, on: last.on, position: last.position, wasOn });
    }
  }
  return changes.sort((left, right) => comparePositions(left.position, right.position));
}

interface Tally {
  readonly users: Set<string>;
  /** Users who are counted, but whose ids the page did not list. */
  unlisted: number;
}

class Board {
  readonly #tallies = new Map<string, Tally>();
  readonly #reader: string | undefined;

  constructor(known: readonly Reaction[], reader: string | undefined) {
    this.#reader = reader;
    for (const { emoji, count, users } of known.slice(0, limits.messageEmoji)) {
      // A page of an earlier natter has no count and lists every user.
      const unlisted = count > users.length ? count - users.length : 0;
      this.#tallies.set(emoji, { users: new Set(users), unlisted });
    }
  }

  takeBack(change: LastChange): void {
    const tally = this.#tallies.get(change.emoji);
    if (!tally) return;
    if (!tally.users.delete(change.user) && this.#isUnlisted(tally, change)) tally.unlisted--;
    if (tally.users.size + tally.unlisted === 0) this.#tallies.delete(change.emoji);
  }

  set(change: LastChange): void {
    const { emoji, user } = change;
    const tally = this.#tallies.get(emoji);
    if (tally?.users.has(user)) return;
    if (tally && this.#isUnlisted(tally, change)) tally.unlisted--;
    else if (!this.#hasRoom(user, tally)) return;
    if (tally) tally.users.add(user);
    else this.#tallies.set(emoji, { users: new Set([user]), unlisted: 0 });
  }

  reactions(): Reaction[] {
    return [...this.#tallies]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([emoji, { users, unlisted }]) => ({
        emoji,
        count: users.size + unlisted,
        users: this.#listed(users),
      }));
  }

  #hasRoom(user: string, tally: Tally | undefined): boolean {
    if (!tally && this.#tallies.size >= limits.messageEmoji) return false;
    let own = 0;
    for (const { users } of this.#tallies.values()) if (users.has(user)) own++;
    return own < limits.userEmoji;
  }

  #isUnlisted(tally: Tally, { user, wasOn }: LastChange): boolean {
    return wasOn && tally.unlisted > 0 && user !== this.#reader;
  }

  #listed(users: ReadonlySet<string>): string[] {
    const listed = [...users].sort().slice(0, limits.reactionUsers);
    const reader = this.#reader;
    if (reader !== undefined && users.has(reader) && !listed.includes(reader)) listed.splice(-1, 1, reader);
    return listed;
  }
}
