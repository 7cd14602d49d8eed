import { aiUser, subjects, type User } from "@natter/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Purge, RecordedEvent, Store } from "../../src/store/store.ts";
import { ann, bob, epoch, newScope, recordings, TestLog } from "../support/events.ts";
import { foldSession } from "../support/folded-session.ts";
import type { StoreFixture } from "./store.contract.ts";

/** Stores are shared by the tests of a suite: each test looks at its own session. */
const everyPurge = 100_000;
const newUser = (): User => ({ id: newScope(), name: "x" });
const goOn = async (): Promise<boolean> => true;

export function testPurging(fixture: () => StoreFixture): void {
  const pendingOf = async (sessionId: string): Promise<Purge | undefined> =>
    (await fixture().store.pendingPurges(everyPurge)).find((purge) => purge.sessionId === sessionId);

  const purgeAll = async (sessionId: string): Promise<void> => {
    const pending = await pendingOf(sessionId);
    if (!pending) return;
    await fixture().store.purge(pending, goOn);
    await fixture().store.endPurge(pending);
  };

  describe("purging", () => {
    test("removes what a deleted session held, and leaves the rest", async () => {
      const { store } = fixture();
      const [deleted, other] = [secretSession(), new TestLog(newScope(), 50)];
      other.message("kept", "another secret");
      await store.record([...deleted.events, ...other.events]);
      const { sessionId } = deleted;
      const pending = await pendingOf(sessionId);
      const position = deleted.events.at(-1)?.position;
      expect(pending).toMatchObject({ sessionId, position });
      // Listed until it is said to be done, whatever dies meanwhile.
      expect(await store.purge(pending as Purge, goOn)).toEqual(position);
      expect(await pendingOf(sessionId)).toEqual(pending);
      await store.endPurge(pending as Purge);
      expect(await pendingOf(sessionId)).toBeUndefined();
      expect(JSON.stringify(await everythingOf(store, sessionId))).not.toMatch(/secret/);
      expect((await store.history({ sessionId: other.sessionId, limit: 9 })).messages).toHaveLength(1);
      const found = JSON.stringify(await store.search({ userId: ann.id, query: "secret", limit: 50 }));
      expect([found.includes(sessionId), found.includes(other.sessionId)]).toEqual([false, true]);
    });

    test("what came after the deletion stays", async () => {
      const { store } = fixture();
      const log = secretSession();
      log.message("later", "something new");
      log.update({ title: "New" });
      await store.record(log.events);
      await purgeAll(log.sessionId);
      const { sessionId } = log;
      expect((await store.history({ sessionId, limit: 9 })).messages).toMatchObject([
        { message: "something new" },
      ]);
      expect(await store.details(sessionId)).toMatchObject({ title: "New", firstAuthor: ann.id });
    });

    test("nothing is removed for a deletion by somebody else", async () => {
      const { store } = fixture();
      const log = new TestLog();
      log.message("a", "stays", ann);
      log.sessionDeletion(bob);
      await store.record(log.events);
      const pending = await pendingOf(log.sessionId);
      expect(await store.purge(pending as Purge, goOn)).toBeUndefined();
      const { messages } = await store.history({ sessionId: log.sessionId, limit: 9 });
      expect(messages).toMatchObject([{ message: "stays" }]);
    });

    test("what comes late is removed, too, also while a purge is ending", async () => {
      const { store } = fixture();
      const log = secretSession();
      await store.record(log.events);
      const before = (await pendingOf(log.sessionId)) as Purge;
      await store.purge(before, goOn);
      await store.record(log.events.slice(0, 2));
      await store.endPurge(before);
      expect(await pendingOf(log.sessionId)).toBeDefined();
      await purgeAll(log.sessionId);
      await store.record(log.events.slice(1, 4));
      await purgeAll(log.sessionId);
      expect(await pendingOf(log.sessionId)).toBeUndefined();
      expect(JSON.stringify(await everythingOf(store, log.sessionId))).not.toMatch(/secret/);
    });

    test("removes nothing for a deletion that was recorded after the one that is listed", async () => {
      const { store } = fixture();
      const log = secretSession();
      await store.record(log.events);
      const listed = (await pendingOf(log.sessionId)) as Purge;
      log.message("later", "another secret");
      const { position } = log.sessionDeletion();
      // The message between the two is still to come from another process, with its receipt.
      await store.record(log.events.slice(-1));
      expect(await store.purge(listed, goOn)).toBe("unfinished");
      expect(await pendingOf(log.sessionId)).toMatchObject({ position });
      await store.record(log.events.slice(-2));
      expect(await store.purge((await pendingOf(log.sessionId)) as Purge, goOn)).toEqual(position);
    });

    test("ends between two steps when it is told to, and is done when it comes again", async () => {
      const { store } = fixture();
      const log = new TestLog();
      for (let number = 0; number < 1_100; number++) log.message(`m${number}`, "a secret");
      log.sessionDeletion();
      await store.record(log.events);
      const pending = (await pendingOf(log.sessionId)) as Purge;
      let steps = 0;
      expect(await store.purge(pending, async () => ++steps < 2)).toBe("unfinished");
      expect(steps).toBe(2);
      expect(await store.purge(pending, goOn)).toEqual(pending.position);
    });

    test("removes what was done to one message in steps, too", async () => {
      const { store } = fixture();
      const log = new TestLog();
      log.message("a", "a secret");
      for (let number = 0; number < 2_000; number++)
        log.reaction("a", "👍", { user: { id: `user${number}`, name: "x" } });
      log.sessionDeletion();
      await store.record(log.events);
      const pending = (await pendingOf(log.sessionId)) as Purge;
      let steps = 0;
      expect(await store.purge(pending, async () => ++steps < 2)).toBe("unfinished");
      expect(steps).toBe(2);
      expect(await store.purge(pending, goOn)).toEqual(pending.position);
      const asked = { sessionId: log.sessionId, messageId: log.id("a"), reader: ann.id };
      expect(await store.reactions(asked)).toEqual([]);
    });

    test("ends the membership of whoever did nothing after the deletion, and whoever acts again is a member", async () => {
      const { store } = fixture();
      const [me, they, third] = [newUser(), newUser(), newUser()];
      const log = new TestLog();
      const { sessionId } = log;
      log.message("a", "a", me);
      log.message("b", "b", they);
      log.target("read_receipt", log.id("b"), { user: third });
      log.sessionDeletion(me);
      // Before the purge.
      log.message("c", "begun again", third);
      await store.record(log.events);
      for (const { id: userId } of [me, they, third]) await store.mark({ userId, sessionId, pinned: true });
      await purgeAll(sessionId);
      expect(await pinsOf(store, [me, they, third], sessionId)).toEqual([undefined, undefined, true]);
      await store.record([log.target("read_receipt", log.id("c"), { user: they })]);
      expect(await pinsOf(store, [me, they, third], sessionId)).toEqual([undefined, false, true]);
      await store.record([log.message("d", "here, too", me)]);
      expect(await pinsOf(store, [me, they, third], sessionId)).toEqual([false, false, true]);
    });

    test("ends a membership again that an event of before the deletion has brought back", async () => {
      const { store } = fixture();
      const [me, they] = [newUser(), newUser()];
      const log = new TestLog();
      const { sessionId } = log;
      const before = [log.message("a", "a", me), log.message("b", "b", they), log.sessionDeletion(me)];
      await store.record(log.events);
      await purgeAll(sessionId);
      await store.record([log.message("c", "begun again", they)]);
      for (const events of [before.slice(0, 1), before.slice(2), before]) {
        await store.record(events);
        await purgeAll(sessionId);
        expect(await pinsOf(store, [me, they], sessionId)).toEqual([undefined, false]);
      }
    });

    test("removes a pin and an archive of somebody who was no member", async () => {
      const { store } = fixture();
      const [me, they] = [newUser(), newUser()];
      const log = new TestLog();
      const { sessionId } = log;
      log.message("a", "a", me);
      log.sessionDeletion(me);
      await store.mark({ userId: they.id, sessionId, pinned: true, archived: true });
      await store.record(log.events);
      await purgeAll(sessionId);
      await store.record([log.message("b", "b", they)]);
      expect(await pinsOf(store, [they], sessionId)).toEqual([false]);
    });

    test("removes dead letters of the session", async () => {
      const { store } = fixture();
      const log = secretSession();
      await store.record(log.events);
      const subject = subjects.log(log.sessionId);
      const letter = { subject, reason: "not JSON", bytes: Buffer.from("a secret that is no event") };
      await store.keepDeadLetters([{ ...letter, position: { epoch, seq: 0 } }]);
      await purgeAll(log.sessionId);
      const left = await store.deadLetters(everyPurge);
      expect(left.filter((kept) => kept.subject === subject)).toEqual([]);
    });

    test("a discarded end is no message, and ends its prompt", async () => {
      const { store } = fixture();
      const log = new TestLog();
      log.message("q", "a secret question");
      log.sessionDeletion();
      const { event, ...place } = log.complete("q", "q", "", "stopped");
      log.events[2] = { ...place, event: { ...event, user: aiUser, discarded: true } as typeof event };
      await store.record(log.events.slice(0, 2));
      expect(await store.openPrompts(log.sessionId)).toMatchObject([{ closed: true, deleted: true }]);
      await store.record(log.events.slice(2));
      expect(await store.openPrompts(log.sessionId)).toEqual([]);
      expect((await store.history({ sessionId: log.sessionId, limit: 9 })).messages).toEqual([]);
    });

    test("changes no answer about what is left, in whatever order and however often events come", async () => {
      await fc.assert(
        fc.asyncProperty(recordings, async ({ log, batches }) => {
          fc.pre(!saysAgain(log.events));
          const { store } = fixture();
          const { sessionId } = log;
          for (const batch of batches) await store.record(batch);
          await purgeAll(sessionId);
          const folded = foldSession(log.events);
          expect((await store.history({ sessionId, limit: 100 })).messages).toEqual(folded.messages);
          // Late, again.
          await store.record(batches[0] ?? []);
          await purgeAll(sessionId);
          expect((await store.history({ sessionId, limit: 100 })).messages).toEqual(folded.messages);
          expect(await store.openPrompts(sessionId)).toEqual(folded.prompts);
          expect(await store.details(sessionId)).toEqual(folded.details);
          expect(await store.readMarks(sessionId, 100)).toEqual(folded.readMarks);
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** Of each user who has the session in the list, whether it is pinned. */
async function pinsOf(
  store: Store,
  users: readonly User[],
  sessionId: string,
): Promise<(boolean | undefined)[]> {
  const lists = await Promise.all(
    users.map(({ id: userId }) => store.sessions({ userId, limit: 100, archived: false })),
  );
  return lists.map(({ sessions }) => sessions.find((entry) => entry.sessionId === sessionId)?.pinned);
}

const isDeletion = ({ event }: RecordedEvent): boolean => event.type === "session_deleted";

function messagesIn(events: readonly RecordedEvent[]): string[] {
  return events.flatMap(({ event }) =>
    event.type === "message" || event.type === "ai_complete" ? [event.id] : [],
  );
}

/** Whether a message comes once more after a deletion. The sender keeps that out of the log: receipts outlive a purge. */
function saysAgain(events: readonly RecordedEvent[]): boolean {
  const first = events.findIndex(isDeletion);
  const later = new Set(messagesIn(events.slice(first + 1)));
  const isKnown = (id: string): boolean => later.has(id);
  return first >= 0 && messagesIn(events.slice(0, events.findLastIndex(isDeletion))).some(isKnown);
}

/** Everything that a session can hold, with its deletion. */
function secretSession(): TestLog {
  const log = new TestLog();
  log.message("a", "a secret");
  log.update({ title: "Secret secret", systemPrompt: "You know a secret", model: "secret-1" });
  log.message("b", "b secret", bob);
  log.complete("b", "b", "the secret answer");
  log.edit("a", "an edited secret");
  log.edit("never", "a secret about nothing");
  log.reaction("a", "🤫");
  log.target("read_receipt", log.id("b"), { user: { ...bob, name: "secret Bob" } });
  log.sessionDeletion();
  return log;
}

async function everythingOf(store: Store, sessionId: string): Promise<unknown[]> {
  return [
    await store.history({ sessionId, limit: 100 }),
    await store.details(sessionId),
    await store.readMarks(sessionId, 100),
    await store
      .sessions({ userId: ann.id, limit: 100, archived: false })
      .then(({ sessions }) => sessions.filter((entry) => entry.sessionId === sessionId)),
    await store.openPrompts(sessionId),
  ];
}
