/**
 * Who reacted to a message with what, folded from its events and from what a page said before them. Both a message and a
 * user on it take a bounded number of different emoji. Of more of them the earliest count, by the place of their last
 * event, so the result is the same in whatever order they came. Pure.
 */
import { reactionLimits as limits } from "../limits.ts";
import { comparePositions, type Position } from "../position.ts";
import type { Reaction } from "../frames/server-frames.ts";

interface Said {
  readonly position: Position;
  readonly on: boolean;
}

/** What one user has said of one emoji. */
interface Register {
  first: Said;
  last: Said;
}

/** By emoji, then by user. */
export type ReactionRegisters = Map<string, Map<string, Register>>;

export interface ReactionSaid {
  readonly emoji: string;
  readonly user: string;
  readonly on: boolean;
}

interface Change extends ReactionSaid {
  readonly position: Position;
  /** As far as it can be told from what this user said, since people set what is not there and take back what is. */
  readonly wasOn: boolean;
}

/** Events may come in any order and more than once. */
export function addReaction(registers: ReactionRegisters, said: ReactionSaid, position: Position): void {
  const { emoji, user, on } = said;
  // Nobody could send such a one, but it may be in the log, and a page has to hold it.
  if (typeof emoji !== "string" || isTooLong(emoji)) return;
  let byUser = registers.get(emoji);
  if (!byUser) registers.set(emoji, (byUser = new Map()));
  const known = byUser.get(user);
  if (!known) byUser.set(user, { first: { position, on }, last: { position, on } });
  else if (comparePositions(position, known.first.position) < 0) known.first = { position, on };
  else if (comparePositions(position, known.last.position) > 0) known.last = { position, on };
}

/** Counted as the schema of the frame counts: in characters of Unicode. */
function isTooLong(emoji: string): boolean {
  return emoji.length > limits.emojiLength && Array.from(emoji).length > limits.emojiLength;
}

/**
 * `known` is complete up to the position `after`, so only later events change it.
 *
 * @param at.reader a user who is listed in any case: what is said to people has to say whether they have reacted
 */
export function foldReactions(
  known: readonly Reaction[],
  registers: ReactionRegisters,
  at: { readonly after: Position; readonly reader?: string | undefined },
): Reaction[] {
  const board = new Board(known, at.reader);
  const changes = changesAfter(registers, at.after);
  // What is taken back makes room, whenever that was.
  for (const change of changes) if (!change.on) board.takeBack(change);
  for (const change of changes) if (change.on) board.set(change);
  return board.reactions();
}

/** Whether one more would count. `reactions` list the user. */
export function hasRoomFor(
  reactions: readonly Reaction[],
  { emoji, user }: Omit<ReactionSaid, "on">,
): boolean {
  const own = reactions.filter(({ users }) => users.includes(user));
  if (own.some((reaction) => reaction.emoji === emoji)) return true;
  const isThere = reactions.some((reaction) => reaction.emoji === emoji);
  return own.length < limits.userEmoji && (isThere || reactions.length < limits.messageEmoji);
}

/** In the order of the log. */
function changesAfter(registers: ReactionRegisters, after: Position): Change[] {
  const changes: Change[] = [];
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
  /** Counted, and nobody here knows who they are. */
  unlisted: number;
}

class Board {
  readonly #tallies = new Map<string, Tally>();
  readonly #reader: string | undefined;

  constructor(known: readonly Reaction[], reader: string | undefined) {
    this.#reader = reader;
    for (const { emoji, count, users } of known.slice(0, limits.messageEmoji)) {
      // An earlier natter says no count, and lists everybody.
      const unlisted = count > users.length ? count - users.length : 0;
      this.#tallies.set(emoji, { users: new Set(users), unlisted });
    }
  }

  takeBack(change: Change): void {
    const tally = this.#tallies.get(change.emoji);
    if (!tally) return;
    if (!tally.users.delete(change.user) && this.#isUnlisted(tally, change)) tally.unlisted--;
    if (tally.users.size + tally.unlisted === 0) this.#tallies.delete(change.emoji);
  }

  set(change: Change): void {
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

  #isUnlisted(tally: Tally, { user, wasOn }: Change): boolean {
    return wasOn && tally.unlisted > 0 && user !== this.#reader;
  }

  #listed(users: ReadonlySet<string>): string[] {
    const listed = [...users].sort().slice(0, limits.reactionUsers);
    const reader = this.#reader;
    if (reader !== undefined && users.has(reader) && !listed.includes(reader)) listed.splice(-1, 1, reader);
    return listed;
  }
}
