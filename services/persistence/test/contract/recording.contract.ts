import { inspect } from "node:util";
import { bodyHashOf } from "@natter/session-log";
import { aiUser, limits } from "@natter/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PositionTaken, type RecordedEvent } from "../../src/store/store.ts";
import { epoch, newScope, recordings, TestLog, uuid } from "../support/events.ts";
import { foldSession } from "../support/folded-session.ts";
import type { StoreFixture } from "./store.contract.ts";

const later = "1700000000000-12";
const earliest = "900000000000-0";

function thoughtAndDeletion(log: TestLog): [RecordedEvent, RecordedEvent] {
  const { event, ...place } = log.complete("q", "q", "secret answer");
  const { id: messageId, sentAt } = event;
  const deletion = { type: "message_deleted", id: log.id("gone"), user: aiUser, sentAt, messageId } as const;
  const answer = { ...place, event: { ...event, reasoning: "secret thought" } as typeof event };
  return [answer, log.add(deletion)];
}

export function testRecording(fixture: () => StoreFixture): void {
  describe("recording", () => {
    test("says what the pure folds say, for any order, repetition and cut into batches", async () => {
      const { store } = fixture();
      const other = await fixture().openAgain();
      await fc.assert(
        fc.asyncProperty(recordings, async ({ log, batches }) => {
          // Two processes at once, as two recorders are.
          await Promise.all(batches.map((batch, index) => (index % 2 === 0 ? store : other).record(batch)));
          const { sessionId } = log;
          const folded = foldSession(log.events);
          expect((await store.history({ sessionId, limit: 100 })).messages).toEqual(folded.messages);
          expect(await store.openPrompts(sessionId)).toEqual(folded.prompts);
          expect(await store.details(sessionId)).toEqual(folded.details);
          expect(await store.readMarks(sessionId, 10)).toEqual(folded.readMarks);
        }),
        { numRuns: 150 },
      );
      await other.close();
    });

    test("an edit and a deletion may be recorded before their message", async () => {
      const log = new TestLog();
      const message = log.message("m", "first");
      const edit = log.edit("m", "second");
      const { store } = fixture();
      await store.record([edit]);
      await store.record([message]);
      const { messages } = await store.history({ sessionId: log.sessionId, limit: 20 });
      expect(messages.map((found) => found.message)).toEqual(["second"]);
      const gone = new TestLog();
      const lost = gone.message("m", "secret", undefined);
      await store.record([gone.deletion("m")]);
      await store.record([lost]);
      const [left] = (await store.history({ sessionId: gone.sessionId, limit: 20 })).messages;
      expect(left).toMatchObject({ message: "", deletedAt: expect.any(String) });
    });

    test("what the model thought aloud is kept with its answer, and goes with it, in any order", async () => {
      const { store } = fixture();
      const log = new TestLog();
      const other = new TestLog();
      const { sessionId } = log;
      const [answer, gone] = thoughtAndDeletion(log);
      await store.record([answer]);
      expect((await store.history({ sessionId, limit: 20 })).messages).toMatchObject([
        { message: "secret answer", reasoning: "secret thought" },
      ]);
      await store.record([gone]);
      for (const event of thoughtAndDeletion(other).toReversed()) await store.record([event]);
      for (const of of [sessionId, other.sessionId]) {
        const { messages } = await store.history({ sessionId: of, limit: 20 });
        expect(messages).toMatchObject([{ message: "", deletedAt: expect.any(String) }]);
        expect(JSON.stringify(messages)).not.toContain("secret");
      }
    });

    test("two processes that record an edit and its message at the same moment agree on the newest text", async () => {
      const { store } = fixture();
      const other = await fixture().openAgain();
      for (let round = 0; round < 25; round++) {
        const log = new TestLog();
        const user = newScope();
        const author = { id: user, name: "x" };
        const message = log.message("m", "before", author);
        const edits = [log.edit("m", "between", { user: author }), log.edit("m", "after", { user: author })];
        await Promise.all([store.record([message]), ...edits.map((edit) => other.record([edit]))]);
        const { messages } = await store.history({ sessionId: log.sessionId, limit: 1 });
        expect(messages[0]?.message).toBe("after");
        const { hits } = await store.search({ userId: user, query: "after", limit: 5 });
        expect(hits).toHaveLength(1);
        expect((await store.search({ userId: user, query: "before", limit: 5 })).hits).toEqual([]);
      }
      await other.close();
    });

    test("an event that is in the log twice counts at its lowest position", async () => {
      const log = new TestLog();
      const first = log.message("m");
      const second = log.add(first.event);
      const { store } = fixture();
      await store.record([second]);
      await store.record([first]);
      await store.record([second]);
      const { messages } = await store.history({ sessionId: log.sessionId, limit: 20 });
      expect(messages.map(({ seq }) => seq)).toEqual([1]);
    });

    test("the same number in a later epoch is another place, and a later one", async () => {
      const sessionId = newScope();
      const old = new TestLog(sessionId);
      const next = new TestLog(sessionId);
      const { store } = fixture();
      const [a, b] = [old.message("old"), old.message("older")];
      const restored = { ...next.message("new"), position: { epoch: later, seq: 1 } };
      await store.record([restored, a, b]);
      const { messages } = await store.history({ sessionId, limit: 20 });
      expect(messages.map((message) => [message.message, message.epoch, message.seq])).toEqual([
        ["old", epoch, 1],
        ["older", epoch, 2],
        ["new", later, 1],
      ]);
    });

    test("a position that another message holds is refused, and nothing is overwritten", async () => {
      const sessionId = newScope();
      const [mine, theirs] = [new TestLog(sessionId), new TestLog(sessionId)];
      const { store } = fixture();
      await store.record([mine.message("mine")]);
      await expect(store.record([theirs.message("theirs")])).rejects.toBeInstanceOf(PositionTaken);
      // Also if the message is there already, at a later place.
      theirs.message("theirs");
      await store.record(theirs.events.slice(1));
      const error: unknown = await store.record(theirs.events.slice(0, 1)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PositionTaken);
      // An id of a session is a key: it is in no log.
      expect(inspect(error)).not.toContain(sessionId);
      const { messages } = await store.history({ sessionId, limit: 20 });
      expect(messages.map(({ message }) => message)).toEqual(["mine", "theirs"]);
    });

    test("the last position is the highest of all, in the order of epochs", async () => {
      const { store } = fixture();
      const log = new TestLog(newScope(), 500);
      await store.record([{ ...log.message("a"), position: { epoch: "2000000000000-3", seq: 7 } }]);
      await store.record([log.message("b")]);
      expect(await store.lastPosition()).toEqual({ epoch: "2000000000000-3", seq: 7 });
    });

    test("a receipt is kept for every event with a client's id, of its first place and its first text", async () => {
      const log = new TestLog();
      const { store } = fixture();
      const message = log.message("m", "hello");
      const withReceipt = { ...message, event: { ...message.event, clientId: uuid(1) } };
      const again = { ...withReceipt, position: { epoch, seq: 90 } };
      await store.record([again]);
      await store.record([withReceipt, log.edit("m", "changed"), log.deletion("m")]);
      expect(await store.receipt(message.event.id)).toEqual({
        position: message.position,
        bodyHash: bodyHashOf(message.event),
      });
      expect(await store.receipt(log.id("nobody"))).toBeUndefined();
    });

    test("the earliest open prompt is that of all sessions", async () => {
      const { store } = fixture();
      const log = new TestLog();
      const first = { ...log.message("first"), position: { epoch: earliest, seq: 1 } };
      const second = { ...log.message("second"), position: { epoch: earliest, seq: 2 } };
      await store.record([first, second]);
      expect(await store.earliestPrompt()).toEqual(first.position);
      await store.record([log.complete("first", "first")]);
      expect(await store.earliestPrompt()).toEqual(second.position);
      await store.record([log.complete("second", "second")]);
      expect(await store.earliestPrompt()).not.toEqual(second.position);
    });

    test("withdrawals of what nobody has seen close no open prompt, and those among them that are meant close theirs", async () => {
      const { store } = fixture();
      const log = new TestLog();
      const count = 600;
      for (let number = 0; number < count; number++) log.message(`m${number}`);
      for (let number = 0; number < count; number++) log.target("stop_requested", log.id(`unknown${number}`));
      log.target("stop_requested", log.id("m7"));
      log.target("stop_requested", log.replyId("m9", "m9"));
      for (let number = 0; number < count; number++) log.target("stop_requested", log.id(`unknown${number}`));
      await store.record(log.events);
      const open = await store.openPrompts(log.sessionId);
      expect(open).toEqual(foldSession(log.events).prompts);
      expect(open.filter(({ closed }) => closed).map(({ promptId }) => promptId)).toEqual([
        log.id("m7"),
        log.id("m9"),
      ]);
      await store.record([log.sessionDeletion()]);
      expect((await store.openPrompts(log.sessionId)).every(({ closed }) => closed)).toBe(true);
    });

    test("a dead letter is kept once, byte for byte", async () => {
      const { store } = fixture();
      const letter = {
        position: { epoch: "9000000000000-0", seq: 3 },
        subject: "a subject",
        reason: "not JSON",
        bytes: Uint8Array.from([0, 255, 128, 10]),
      };
      await store.keepDeadLetters([letter]);
      await store.keepDeadLetters([{ ...letter, reason: "again" }]);
      expect(await store.deadLetters(1)).toEqual([letter]);
    });

    test("dead letters are kept up to a bound, and the latest of them stay", async () => {
      const { store } = fixture();
      const letters = Array.from({ length: limits.deadLetters + 50 }, (_, seq) => ({
        position: { epoch: "9900000000000-0", seq },
        subject: "somewhere",
        reason: "not JSON",
        bytes: Uint8Array.of(1),
      }));
      for (let start = 0; start < letters.length; start += 100)
        await store.keepDeadLetters(letters.slice(start, start + 100));
      const kept = await store.deadLetters(letters.length);
      expect(kept).toHaveLength(limits.deadLetters);
      expect(kept[0]).toEqual(letters.at(-1));
      expect(kept.at(-1)).toEqual(letters[50]);
    });
  });
}
