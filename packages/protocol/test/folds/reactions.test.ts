import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addPage,
  applyToTimeline,
  createTimeline,
  hasRoomFor,
  limits,
  messagesOf,
  type LogEventOf,
  type Reaction,
} from "../../src/index.ts";
import { at, message, reaction, shuffled, type Placed } from "../support/events.ts";

interface Said {
  readonly emoji: string;
  readonly user: string;
  readonly on: boolean;
}

const emojiOf = (n: number): string => String.fromCodePoint(0x1f600 + n);
const userOf = (n: number): string => `user-${String(n).padStart(3, "0")}`;
const numbers = (length: number): number[] => Array.from({ length }, (_, n) => n);

function event(id: string, { emoji, user, on }: Said): LogEventOf<"reaction"> {
  return reaction(id, { messageId: "m", emoji, on }, { id: user, name: user });
}

/** One message, then what was said. */
function logOf(said: readonly Said[]): Placed[] {
  const events = [message("m"), ...said.map((each, index) => event(`r${index}`, each))];
  return events.map((each, index) => ({ event: each, position: at(index + 1) }));
}

function fold(log: readonly Placed[], reader?: string): Reaction[] {
  const timeline = createTimeline(reader);
  for (const { event: each, position } of log) applyToTimeline(timeline, each, position);
  return messagesOf(timeline)[0]?.reactions ?? [];
}

/** What a reader sees that loads a page in the middle and hears the rest. */
function foldFromPage(log: readonly Placed[], split: number, reader?: string): Reaction[] {
  const before = createTimeline(reader);
  for (const { event: each, position } of log.slice(0, split)) applyToTimeline(before, each, position);
  const timeline = createTimeline(reader);
  addPage(timeline, messagesOf(before), at(split));
  for (const { event: each, position } of log.slice(split)) applyToTimeline(timeline, each, position);
  return messagesOf(timeline)[0]?.reactions ?? [];
}

const countsOf = (reactions: readonly Reaction[]): [string, number][] =>
  reactions.map(({ emoji, count }) => [emoji, count]);
const on = (user: number, emoji: number): Said => ({ user: userOf(user), emoji: emojiOf(emoji), on: true });
const off = (user: number, emoji: number): Said => ({ ...on(user, emoji), on: false });

/** More than a message takes, by few users and by many. */
const crowded: fc.Arbitrary<Said[]> = fc.constantFrom(3, 5, 30).chain((users) =>
  fc.array(
    fc.record({
      user: fc.nat({ max: users - 1 }).map(userOf),
      emoji: fc.nat({ max: 59 }).map(emojiOf),
      on: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    }),
    { minLength: 100, maxLength: 300 },
  ),
);

/** People who set what is not there and take back what is; few emoji, many people. */
const toggles: fc.Arbitrary<Said[]> = fc
  .array(fc.tuple(fc.nat({ max: 39 }), fc.nat({ max: 3 })), { maxLength: 200 })
  .map((pairs) => {
    const set = new Set<string>();
    return pairs.map(([user, emoji]) => {
      const key = `${user} ${emoji}`;
      const isOn = set.delete(key);
      if (!isOn) set.add(key);
      return isOn ? off(user, emoji) : on(user, emoji);
    });
  });

describe("reactions beyond their bounds", () => {
  test("are the same in any order of the events and with any repetition", () => {
    const mixed = crowded.map(logOf).chain((log) => fc.tuple(fc.constant(log), shuffled(log)));
    fc.assert(
      fc.property(mixed, ([log, again]) => {
        expect(fold(again)).toEqual(fold(log));
      }),
      { numRuns: 60 },
    );
  });

  test("are never more than a message and a user on it take, from events and from a page", () => {
    fc.assert(
      fc.property(crowded, fc.nat(), (said, cut) => {
        const log = logOf(said);
        for (const reactions of [fold(log), foldFromPage(log, 1 + (cut % log.length))]) {
          expect(reactions.length).toBeLessThanOrEqual(limits.messageEmoji);
          for (const { count, users } of reactions) {
            expect(users.length).toBeLessThanOrEqual(Math.min(count, limits.reactionUsers));
            expect(new Set(users).size).toBe(users.length);
          }
        }
        const { user = "" } = said[0] ?? {};
        const own = fold(log, user).filter(({ users }) => users.includes(user));
        expect(own.length).toBeLessThanOrEqual(limits.userEmoji);
      }),
      { numRuns: 60 },
    );
  });

  test("count up to the bound of a user and no further, while others go on", () => {
    const said = numbers(limits.userEmoji + 1).map((n) => on(1, n));
    const reactions = fold(logOf([...said, on(2, limits.userEmoji)]));
    expect(reactions).toHaveLength(limits.userEmoji + 1);
    expect(reactions.at(-1)).toEqual({ emoji: emojiOf(limits.userEmoji), count: 1, users: [userOf(2)] });
  });

  test("count up to the bound of a message and no further, while those that are there can be joined", () => {
    const said = numbers(limits.messageEmoji + 1).map((n) => on(n, n));
    const reactions = fold(logOf([...said, on(99, 7)]));
    expect(reactions).toHaveLength(limits.messageEmoji);
    expect(reactions[7]).toEqual({ emoji: emojiOf(7), count: 2, users: [userOf(7), userOf(99)] });
  });

  test("leave room when one is taken back", () => {
    const full = numbers(limits.userEmoji).map((n) => on(1, n));
    const log = logOf([...full, off(1, 0), on(1, limits.userEmoji)]);
    const expected = numbers(limits.userEmoji).map((n) => [emojiOf(n + 1), 1]);
    expect(countsOf(fold(log))).toEqual(expected);
    expect(countsOf(foldFromPage(log, 1 + full.length))).toEqual(expected);
  });

  test("say of a new one whether it would count, as the fold then does", () => {
    fc.assert(
      fc.property(crowded, fc.constantFrom(0, 20, 59, 60), (some, emojiNumber) => {
        const last = on(1, emojiNumber);
        const said = some.filter(({ emoji, user }) => emoji !== last.emoji || user !== last.user);
        const before = fold(logOf(said), last.user);
        const hasRoom = hasRoomFor(before, last);
        const after = fold(logOf([...said, last]), last.user);
        const isListed = after.some(({ emoji, users }) => emoji === last.emoji && users.includes(last.user));
        expect(isListed).toBe(hasRoom);
      }),
      { numRuns: 200 },
    );
  });
});

describe("reactions of many people", () => {
  const crowd = numbers(limits.reactionUsers + 5);

  test("are all counted, and as many are listed as the bound allows", () => {
    expect(fold(logOf(crowd.map((n) => on(n, 0))))).toEqual([
      { emoji: emojiOf(0), count: crowd.length, users: numbers(limits.reactionUsers).map(userOf) },
    ]);
  });

  test("list the reader, wherever in the order", () => {
    const reader = userOf(crowd.length - 1);
    const [reactions] = fold(logOf(crowd.map((n) => on(n, 0))), reader);
    expect(reactions?.count).toBe(crowd.length);
    expect(reactions?.users).toHaveLength(limits.reactionUsers);
    expect(reactions?.users).toContain(reader);
  });

  test("are counted the same from a page and what came after it", () => {
    fc.assert(
      fc.property(toggles, fc.nat(), fc.nat({ max: 39 }), (said, cut, reader) => {
        const log = logOf(said);
        const [whole, joined] = [
          fold(log, userOf(reader)),
          foldFromPage(log, 1 + (cut % log.length), userOf(reader)),
        ];
        expect(countsOf(joined)).toEqual(countsOf(whole));
        const ownOf = (reactions: Reaction[]): string[] =>
          reactions.filter(({ users }) => users.includes(userOf(reader))).map(({ emoji }) => emoji);
        expect(ownOf(joined)).toEqual(ownOf(whole));
      }),
      { numRuns: 300 },
    );
  });

  test("can be taken back by somebody whom the page does not list", () => {
    const log = logOf([...crowd.map((n) => on(n, 0)), off(crowd.length - 1, 0)]);
    const [reactions] = foldFromPage(log, 1 + crowd.length);
    expect(reactions?.count).toBe(crowd.length - 1);
  });
});

describe("reactions of an earlier natter", () => {
  test("are shown although they are no emoji", () => {
    const said = { emoji: "+1", user: "ann", on: true };
    expect(fold(logOf([said]))).toEqual([{ emoji: "+1", count: 1, users: ["ann"] }]);
    expect(fold(logOf([said, { ...said, on: false }]))).toEqual([]);
    const row = "🎉".repeat(limits.emojiLength);
    expect(fold(logOf([{ ...said, emoji: row }]))).toEqual([{ emoji: row, count: 1, users: ["ann"] }]);
  });

  test("are left out if nobody could have sent them", () => {
    const essay = { emoji: "x".repeat(limits.emojiLength + 1), user: "ann", on: true };
    expect(fold(logOf([essay]))).toEqual([]);
  });

  test("are counted by the list of a page that has no count", () => {
    const timeline = createTimeline();
    const reactions = [{ emoji: "🎉", users: ["ann", "bob"] }] as unknown as Reaction[];
    addPage(timeline, [{ ...message("m"), seq: 1, reactions }], at(1));
    expect(messagesOf(timeline)[0]?.reactions).toEqual([{ emoji: "🎉", count: 2, users: ["ann", "bob"] }]);
  });
});
