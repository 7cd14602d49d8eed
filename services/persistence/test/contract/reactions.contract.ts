import { limits, type PageMessage, type Reaction, type User } from "@natter/protocol";
import { describe, expect, test } from "vitest";
import { ann, bob, TestLog } from "../support/events.ts";
import { foldSession } from "../support/folded-session.ts";
import type { StoreFixture } from "./store.contract.ts";

const emojiOf = (n: number): string => String.fromCodePoint(0x1f600 + n);
const userOf = (n: number): User => ({ id: `user-${String(n).padStart(4, "0")}`, name: `User ${n}` });
const longIdOf = (n: number): string => `${n}`.padStart(limits.userIdLength, "u");
const numbers = (length: number): number[] => Array.from({ length }, (_, n) => n);
const bytesOf = (messages: readonly PageMessage[]): number => Buffer.byteLength(JSON.stringify(messages));

export function testReactions(fixture: () => StoreFixture): void {
  const reactionsOf = async (log: TestLog, reader = ann): Promise<Reaction[]> => {
    const { store } = fixture();
    const { sessionId } = log;
    const page = await store.history({ sessionId, limit: 20, reader: reader.id });
    const [message] = page.messages;
    const asked = await store.reactions({ sessionId, messageId: log.id("m"), reader: reader.id });
    expect(asked).toEqual(message?.reactions ?? []);
    return asked;
  };

  describe("reactions", () => {
    test("beyond the bounds of a user and of a message are what the fold says, in any order", async () => {
      const log = new TestLog();
      log.message("m");
      for (const user of numbers(4).map(userOf))
        for (const n of numbers(60))
          log.reaction("m", emojiOf((n * 7 + Number(user.id.at(-1)) * 17) % 60), { user });
      for (const n of numbers(10)) log.reaction("m", emojiOf(n), { user: userOf(1), on: false });
      const { store } = fixture();
      await store.record(log.events.toReversed().filter((_, index) => index % 2 === 0));
      await store.record(log.events);
      const reader = userOf(3);
      const reactions = await reactionsOf(log, reader);
      expect(reactions).toEqual(foldSession(log.events, reader.id).messages[0]?.reactions);
      expect(reactions.length).toBeLessThanOrEqual(limits.messageEmoji);
      const own = reactions.filter(({ users }) => users.includes(reader.id));
      expect(own).toHaveLength(limits.userEmoji);
    });

    test("of hundreds of people are all counted; a few are listed, and the reader is one of them", async () => {
      const log = new TestLog();
      log.message("m");
      for (const n of numbers(300)) log.reaction("m", "👍", { user: userOf(n) });
      const { store } = fixture();
      await store.record(log.events);
      const [first] = await reactionsOf(log, bob);
      expect(first).toMatchObject({ emoji: "👍", count: 300 });
      expect(first?.users).toEqual(numbers(limits.reactionUsers).map((n) => userOf(n).id));
      const [own] = await reactionsOf(log, userOf(299));
      expect(own?.users).toHaveLength(limits.reactionUsers);
      expect(own?.users).toContain(userOf(299).id);
    });

    test("that were taken back are gone, and leave room", async () => {
      const log = new TestLog();
      log.message("m");
      for (const n of numbers(limits.userEmoji)) log.reaction("m", emojiOf(n));
      for (const n of numbers(limits.userEmoji)) log.reaction("m", emojiOf(n), { on: false });
      const { store } = fixture();
      await store.record(log.events);
      expect(await reactionsOf(log)).toEqual([]);
      await store.record([log.reaction("m", "👍")]);
      expect(await reactionsOf(log)).toEqual([{ emoji: "👍", count: 1, users: [ann.id] }]);
    });

    test("that an earlier natter stored by thousands, and that are no emoji, leave a page that can be read", async () => {
      const log = new TestLog();
      log.message("older");
      log.message("m");
      for (const n of numbers(4_600)) log.reaction("m", `${"x".repeat(20)}${n}`, { user: userOf(n % 9) });
      log.message("newer");
      const { store } = fixture();
      await store.record(log.events);
      const { messages } = await store.history({ sessionId: log.sessionId, limit: 20 });
      expect(messages.map(({ id }) => id)).toEqual([log.id("older"), log.id("m"), log.id("newer")]);
      expect(messages[1]?.reactions).toHaveLength(limits.messageEmoji);
      expect(bytesOf(messages)).toBeLessThan(32 * 1024);
    });

    test("as many as a message takes fit a page with the largest answer, and the reader is listed in each", async () => {
      const log = new TestLog();
      const reasoning = "y".repeat(limits.replyReasoningBytes);
      log.end("q", "m", { message: "x".repeat(limits.replyTextBytes), finishReason: "stop", reasoning });
      for (const n of numbers(limits.messageEmoji))
        for (const user of numbers(limits.reactionUsers + 1)) {
          // Three users cannot fill a message, so each ten emoji are of other people.
          const id = longIdOf(100 * Math.floor(n / 10) + user);
          // The worst case in JSON that a keyboard never sent: controls, six bytes each.
          const emoji = `${"\u0001".repeat(limits.emojiLength - 2)}${String(n).padStart(2, "0")}`;
          const event = log.reaction("m", emoji, { user: { id, name: "n" } }).event;
          Object.assign(event, { messageId: log.replyId("q", "m") });
        }
      const { store } = fixture();
      await store.record(log.events);
      const reader = longIdOf(10);
      const { messages } = await store.history({ sessionId: log.sessionId, limit: 20, reader });
      const [answer] = messages;
      expect(answer).toMatchObject({ reasoning, message: "x".repeat(limits.replyTextBytes) });
      expect(answer?.reactions).toHaveLength(limits.messageEmoji);
      expect(answer?.reactions?.every(({ count, users }) => count === 11 && users.length === 10)).toBe(true);
      expect(answer?.reactions?.filter(({ users }) => users.includes(reader))).toHaveLength(10);
      expect(bytesOf(messages)).toBeLessThan(limits.pageBytes);
    });
  });
}
