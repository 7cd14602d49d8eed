import { aiUser, limits, type RpcQuestion, type SessionEntry, type User } from "@natter/protocol";
import { describe, expect, test } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { newScope, TestLog } from "../support/events.ts";
import type { StoreFixture } from "./store.contract.ts";

const newUser = (name: string): User => ({ id: newScope(), name });

async function listOf(store: Store, question: RpcQuestion<"sessions">): Promise<SessionEntry[]> {
  return (await store.sessions(question)).sessions;
}

/** Sessions of a user in which something was said one after another. */
async function sessionsOf(store: Store, me: User, count: number, firstSeq: number): Promise<TestLog[]> {
  const logs = Array.from({ length: count }, (_, n) => new TestLog(newScope(), firstSeq + 10 * n));
  for (const log of logs) log.message("a", "hello", me);
  await store.record(logs.flatMap(({ events }) => events));
  return logs;
}

/** All pages of the list. */
async function pagesOf(store: Store, question: RpcQuestion<"sessions">): Promise<string[][]> {
  const { sessions, next } = await store.sessions(question);
  const ids = sessions.map(({ sessionId }) => sessionId);
  return next === undefined ? [ids] : [ids, ...(await pagesOf(store, { ...question, after: next }))];
}

export function testSessions(fixture: () => StoreFixture): void {
  describe("sessions", () => {
    test("are those in which the user did something, last activity first, with title and last message", async () => {
      const [me, they] = [newUser("me"), newUser("they")];
      const first = new TestLog(newScope(), 1_000);
      first.message("a", "hello", me);
      first.update({ title: "Trips" }, me);
      const second = new TestLog(newScope(), 2_000);
      second.message("b", "question", me);
      second.complete("b", "b", "the answer");
      const theirs = new TestLog(newScope(), 3_000);
      theirs.message("c", "private", they);
      const { store } = fixture();
      await store.record([...first.events, ...second.events, ...theirs.events]);
      const list = (userId: string) => listOf(store, { userId, limit: 10, archived: false });
      expect(await list(me.id)).toEqual([
        {
          sessionId: second.sessionId,
          lastActivity: second.events[1]?.event.sentAt,
          lastMessage: {
            id: second.replyId("b", "b"),
            message: "the answer",
            is_user: false,
            user: { id: "ai", name: "AI" },
          },
          pinned: false,
          archived: false,
          canDelete: true,
        },
        {
          sessionId: first.sessionId,
          title: "Trips",
          lastActivity: first.events[0]?.event.sentAt,
          lastMessage: { id: first.id("a"), message: "hello", is_user: true, user: me },
          pinned: false,
          archived: false,
          canDelete: true,
        },
      ]);
      expect((await list(they.id)).map(({ sessionId }) => sessionId)).toEqual([theirs.sessionId]);
      expect(await list(newScope())).toEqual([]);
    });

    test("only what is said is activity: a title, a model, a reaction and a correction move nothing", async () => {
      const me = newUser("me");
      const [first, second] = [new TestLog(newScope(), 5_000), new TestLog(newScope(), 5_100)];
      first.message("a", "one", me);
      second.message("b", "two", me);
      const { store } = fixture();
      await store.record([...first.events, ...second.events]);
      first.edit("a", "one, better", { user: me });
      first.reaction("a", "🎉", { user: me });
      first.update({ title: "First" }, me);
      await store.record(first.events);
      const listed = await listOf(store, { userId: me.id, limit: 10, archived: false });
      expect(listed.map(({ sessionId }) => sessionId)).toEqual([second.sessionId, first.sessionId]);
      expect(listed[1]?.title).toBe("First");
    });

    test("a message and a prompt are there until their session is deleted, and it is told whether its author deleted the message", async () => {
      const { store } = fixture();
      const log = new TestLog();
      log.message("q", "question");
      log.target("regenerate_requested", log.replyId("q", "q"), { name: "r" });
      log.complete("unasked", "q");
      const { sessionId } = log;
      const [messageId, promptId] = [log.id("q"), log.id("r")];
      await store.record(log.events);
      const target = (question: { messageId: string; promptId?: string }) =>
        store.target({ sessionId, ...question });
      expect(await target({ messageId })).toEqual({ message: true, prompt: true });
      expect(await target({ messageId, promptId })).toEqual({ message: true, prompt: true });
      expect(await target({ messageId, promptId: log.id("unasked") })).toEqual({
        message: true,
        prompt: false,
      });
      expect(await target({ messageId: "nobody", promptId })).toEqual({ message: false, prompt: true });
      expect(await store.target({ sessionId: newScope(), messageId })).toEqual({
        message: false,
        prompt: true,
      });
      await store.record([log.deletion("q")]);
      expect(await target({ messageId, promptId })).toEqual({ message: true, prompt: true, deleted: true });
      await store.record([log.sessionDeletion(), log.message("later")]);
      expect(await target({ messageId, promptId })).toMatchObject({ message: false, prompt: false });
      expect(await target({ messageId: log.id("later") })).toEqual({ message: true, prompt: true });
    });

    test("reading is taking part but no activity", async () => {
      const [me, they] = [newUser("me"), newUser("they")];
      const old = new TestLog(newScope(), 4_000);
      old.message("a", "old", me);
      const recent = new TestLog(newScope(), 4_100);
      recent.message("b", "recent", they);
      recent.target("read_receipt", recent.id("b"), { user: me });
      const read = new TestLog(old.sessionId, 4_200);
      read.target("read_receipt", old.id("a"), { user: me });
      const { store } = fixture();
      await store.record([...read.events, ...recent.events, ...old.events]);
      const found = await listOf(store, { userId: me.id, limit: 10, archived: false });
      expect(found.map(({ sessionId }) => sessionId)).toEqual([recent.sessionId, old.sessionId]);
    });

    test("each user's last read mark is told, latest first, with the reader's name", async () => {
      const [me, they] = [newUser("me"), newUser("they")];
      const log = new TestLog();
      log.message("a", "a", me);
      log.message("b", "b", me);
      log.target("read_receipt", log.id("b"), { user: me });
      log.target("read_receipt", log.id("a"), { user: they });
      log.target("read_receipt", log.id("b"), { user: { ...they, name: "They" } });
      const { sessionId } = log;
      const { store } = fixture();
      await store.record(log.events.toReversed());
      await store.record(log.events.slice(0, 4));
      const ofMe = { user: me, messageId: log.id("b") };
      const ofThem = { user: { ...they, name: "They" }, messageId: log.id("b") };
      expect(await store.readMarks(sessionId, 10)).toEqual([ofThem, ofMe]);
      expect(await store.readMarks(sessionId, 1)).toEqual([ofThem]);
      expect(await store.readMarks(newScope(), 10)).toEqual([]);
      // Who has only pinned it has read nothing.
      await store.mark({ userId: newScope(), sessionId, pinned: true });
      expect(await store.readMarks(sessionId, 10)).toHaveLength(2);
    });

    test("what was read before the session was deleted is gone with it", async () => {
      const [me, they] = [newUser("me"), newUser("they")];
      const log = new TestLog();
      log.message("a", "a", me);
      log.target("read_receipt", log.id("a"), { user: they });
      // Not by who began it: it does not count.
      log.sessionDeletion(they);
      const { store } = fixture();
      await store.record(log.events);
      expect(await store.readMarks(log.sessionId, 10)).toHaveLength(1);
      log.sessionDeletion(me);
      log.message("b", "b", they);
      log.target("read_receipt", log.id("b"), { user: me });
      await store.record(log.events);
      expect(await store.readMarks(log.sessionId, 10)).toEqual([{ user: me, messageId: log.id("b") }]);
    });

    test("belong to who sent the first message, whatever somebody else did before it, in any order", async () => {
      const [me, dave] = [newUser("me"), newUser("dave")];
      const grabs: readonly ((log: TestLog) => unknown)[] = [
        (log) => log.target("read_receipt", log.id("a"), { user: dave }),
        (log) => log.target("stop_requested", log.id("a"), { user: dave }),
        (log) => log.target("regenerate_requested", log.id("a"), { user: dave }),
        (log) => log.reaction("a", "🎉", { user: dave }),
        (log) => log.edit("a", "mine", { user: dave }),
        (log) => log.deletion("a", dave),
        (log) => log.update({ title: "" }, dave),
        (log) => log.sessionDeletion(dave),
      ];
      const { store } = fixture();
      for (const grab of grabs) {
        for (const turned of [false, true]) {
          const log = new TestLog();
          grab(log);
          await store.record(log.events);
          expect(await store.details(log.sessionId)).not.toHaveProperty("firstAuthor");
          log.message("a", "hello", me);
          log.message("b", "hello", dave);
          log.sessionDeletion(dave);
          await store.record(turned ? log.events.toReversed() : log.events);
          const details = await store.details(log.sessionId);
          expect(details).toMatchObject({ firstAuthor: me.id });
          expect(details).not.toHaveProperty("deleted");
        }
      }
    });

    test("a title and a prompt go with the session when it is deleted, and new ones stay, in any order", async () => {
      const me = newUser("me");
      const log = new TestLog();
      log.message("a", "a", me);
      log.update({ title: "Secret", systemPrompt: "Be brief" }, me);
      log.sessionDeletion(me);
      const { store } = fixture();
      await store.record(log.events.toReversed());
      expect(await store.details(log.sessionId)).toEqual({ firstAuthor: me.id, deleted: true });
      await store.record([log.update({ title: "New" }, me)]);
      expect(await store.details(log.sessionId)).toEqual({ title: "New", firstAuthor: me.id, deleted: true });
    });

    test("a title that the model gave is shown, and is neither activity nor taking part", async () => {
      const me = newUser("me");
      const old = new TestLog(newScope(), 4_300);
      old.message("a", "old", me);
      const recent = new TestLog(newScope(), 4_400);
      recent.message("b", "recent", me);
      const titled = new TestLog(old.sessionId, 4_500);
      titled.update({ title: "Old" }, aiUser);
      const { store } = fixture();
      await store.record([...titled.events, ...recent.events]);
      await store.record(old.events);
      const found = await listOf(store, { userId: me.id, limit: 10, archived: false });
      expect(found.map(({ sessionId, title }) => [sessionId, title])).toEqual([
        [recent.sessionId, undefined],
        [old.sessionId, "Old"],
      ]);
      expect(await store.details(old.sessionId)).toEqual({ title: "Old", firstAuthor: me.id });
      const ofTheModel = await listOf(store, { userId: aiUser.id, limit: 100, archived: false });
      expect(ofTheModel.map(({ sessionId }) => sessionId)).not.toContain(old.sessionId);
    });

    test("the last message is the last one that is not deleted, in its newest text, as a line", async () => {
      const me = newUser("me");
      const log = new TestLog();
      log.message("a", "first", me);
      log.message("b", "second", me);
      log.edit("a", "y".repeat(199) + "👍".repeat(5), { user: me });
      log.deletion("b", me);
      const { store } = fixture();
      await store.record(log.events);
      const [entry] = await listOf(store, { userId: me.id, limit: 1, archived: false });
      expect(entry?.lastMessage).toMatchObject({ id: log.id("a"), message: "y".repeat(199) });
    });

    test("pins and archives are the caller's own", async () => {
      const [me, they] = [newUser("me"), newUser("they")];
      const log = new TestLog();
      log.message("a", "a", me);
      log.message("b", "b", they);
      const { sessionId } = log;
      const { store } = fixture();
      // A mark may come before the recorder has seen the session.
      await store.mark({ userId: me.id, sessionId, pinned: true });
      expect(await listOf(store, { userId: me.id, limit: 10, archived: false })).toEqual([]);
      await store.record(log.events);
      await store.mark({ userId: me.id, sessionId, archived: true });
      expect(await listOf(store, { userId: me.id, limit: 10, archived: false })).toEqual([]);
      expect(await listOf(store, { userId: me.id, limit: 10, archived: true })).toMatchObject([
        { sessionId, pinned: true, archived: true },
      ]);
      expect(await listOf(store, { userId: they.id, limit: 10, archived: false })).toMatchObject([
        { sessionId, pinned: false, archived: false },
      ]);
      await store.mark({ userId: me.id, sessionId, pinned: false, archived: false });
      expect(await listOf(store, { userId: me.id, limit: 10, archived: false })).toMatchObject([
        { sessionId, pinned: false, archived: false },
      ]);
    });

    test("only who said something first may delete a session", async () => {
      const [me, they] = [newUser("me"), newUser("they")];
      const log = new TestLog();
      log.message("a", "mine", me);
      log.message("b", "theirs", they);
      const { store } = fixture();
      await store.record(log.events);
      const listed = await Promise.all(
        [me, they].map(({ id: userId }) => listOf(store, { userId, limit: 10, archived: false })),
      );
      expect(listed.map(([entry]) => entry?.canDelete)).toEqual([true, false]);
    });

    test("a deleted session is not listed, and does not use up the limit", async () => {
      const me = newUser("me");
      const kept = new TestLog(newScope(), 5_000);
      kept.message("a", "kept", me);
      const { store } = fixture();
      await store.record(kept.events);
      for (let n = 0; n < 15; n++) {
        const gone = new TestLog(newScope(), 5_100 + 10 * n);
        gone.message("b", "gone", me);
        gone.sessionDeletion(me);
        await store.record(gone.events);
      }
      const found = await listOf(store, { userId: me.id, limit: 2, archived: false });
      expect(found.map(({ sessionId }) => sessionId)).toEqual([kept.sessionId]);
    });

    test("a session that was begun again is listed, without what it was called before, also before the purge", async () => {
      const me = newUser("me");
      const log = new TestLog(newScope(), 5_500);
      log.message("a", "gone", me);
      log.update({ title: "Secret" }, me);
      log.sessionDeletion(me);
      const { store } = fixture();
      await store.record(log.events);
      const { sessionId } = log;
      const question = { userId: me.id, limit: 9, archived: false };
      expect(await listOf(store, question)).toEqual([]);
      // Nobody has said anything yet.
      await store.record([log.reaction("a", "👍", { user: me })]);
      expect(await listOf(store, question)).toEqual([]);
      await store.record([log.message("b", "begun again", { id: `${me.id}-other`, name: "Other" })]);
      const [entry, ...others] = await listOf(store, question);
      expect(entry).toMatchObject({ sessionId, canDelete: true, lastMessage: { message: "begun again" } });
      expect([entry?.title, ...others]).toEqual([undefined]);
      expect(await store.details(sessionId)).toEqual({ firstAuthor: me.id });
      const { hits } = await store.search({ userId: me.id, query: "begun", limit: 9 });
      expect(hits.map((hit) => [hit.sessionId, hit.title])).toEqual([[sessionId, undefined]]);
      await store.record([log.deletion("b", { id: `${me.id}-other`, name: "Other" })]);
      expect(await listOf(store, question)).toHaveLength(1);
      await store.record([log.sessionDeletion(me)]);
      expect(await listOf(store, question)).toEqual([]);
      expect(await store.details(sessionId)).toEqual({ firstAuthor: me.id, deleted: true });
    });

    test("pages of the list have each session once, the pinned ones first, and the last one says that it is", async () => {
      const me = newUser("me");
      const { store } = fixture();
      const logs = await sessionsOf(store, me, 24, 6_000);
      const ids = logs.map(({ sessionId }) => sessionId).toReversed();
      const pinned = [ids[5] ?? "", ids[20] ?? ""];
      for (const sessionId of pinned) await store.mark({ userId: me.id, sessionId, pinned: true });
      const archived = ids[9] ?? "";
      await store.mark({ userId: me.id, sessionId: archived, archived: true });
      for (const gone of [logs[0], logs[12]]) await store.record(gone ? [gone.sessionDeletion(me)] : []);
      const left = ids.filter((id) => id !== archived && id !== ids[23] && id !== ids[11]);
      const expected = [...pinned, ...left.filter((id) => !pinned.includes(id))];
      expect(expected).toHaveLength(21);
      for (const limit of [1, 2, 7, 20, 21, 22]) {
        const pages = await pagesOf(store, { userId: me.id, limit, archived: false });
        expect(pages.flat()).toEqual(expected);
        expect(pages).toHaveLength(Math.ceil(21 / limit));
      }
      expect(await pagesOf(store, { userId: me.id, limit: 1, archived: true })).toEqual([[archived]]);
    });

    test("a page goes on where the one before it ended, whatever has moved, was deleted or pinned meanwhile", async () => {
      const me = newUser("me");
      const { store } = fixture();
      const logs = await sessionsOf(store, me, 12, 7_000);
      const ids = logs.map(({ sessionId }) => sessionId).toReversed();
      const question = { userId: me.id, limit: 4, archived: false };
      const { sessions, next } = await store.sessions(question);
      expect(sessions.map(({ sessionId }) => sessionId)).toEqual(ids.slice(0, 4));
      // One that was told, the very one at the end, and one that was not are the latest now; a new one is, too.
      for (const n of [1, 3, 6]) {
        const log = new TestLog(ids[n], 7_500 + n);
        log.message("b", "again", me);
        await store.record(log.events);
      }
      await sessionsOf(store, me, 1, 7_600);
      const [pinned, gone] = [ids[8] ?? "", logs.find(({ sessionId }) => sessionId === ids[9])];
      await store.mark({ userId: me.id, sessionId: pinned, pinned: true });
      await store.record(gone ? [gone.sessionDeletion(me)] : []);
      const after = next ?? { pinned: false, activity: "", sessionId: "" };
      const rest = (await pagesOf(store, { ...question, after })).flat();
      expect(rest).toEqual([4, 5, 7, 10, 11].map((n) => ids[n]));
    });

    test(`a page looks at ${limits.sessionListLooks} sessions and no more, and the next goes on`, async () => {
      const me = newUser("me");
      const { store } = fixture();
      const [first, second, ...gone] = await sessionsOf(store, me, limits.sessionListLooks, 20_000);
      await store.record(gone.map((log) => log.sessionDeletion(me)));
      const ids = [second?.sessionId, first?.sessionId];
      const question = { userId: me.id, limit: 9, archived: false };
      expect(await pagesOf(store, question)).toEqual([ids]);
      expect(await pagesOf(store, { ...question, limit: 1 })).toEqual(ids.map((id) => [id]));
      const [one] = await sessionsOf(store, me, 1, 30_000);
      await store.record(one ? [one.sessionDeletion(me)] : []);
      expect(await pagesOf(store, question)).toEqual(ids.map((id) => [id]));
      const pinned = gone[7]?.sessionId ?? "";
      for (const sessionId of [pinned, ids[1] ?? ""])
        await store.mark({ userId: me.id, sessionId, pinned: true });
      expect(await pagesOf(store, question)).toEqual([[ids[1]], [ids[0]]]);
    });

    test("sessions in which nothing was said have a place in the list, too, each its own", async () => {
      const me = newUser("me");
      const logs = Array.from({ length: 5 }, (_, n) => new TestLog(newScope(), 8_000 + n));
      for (const log of logs) log.update({ title: "Empty" }, me);
      const { store } = fixture();
      await store.record(logs.flatMap(({ events }) => events));
      const pages = await pagesOf(store, { userId: me.id, limit: 2, archived: false });
      expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
      expect(new Set(pages.flat()).size).toBe(5);
    });

    test("a reopened store says the same", async () => {
      const me = newUser("me");
      const log = new TestLog();
      log.message("a", "durable words", me);
      log.reaction("a", "👍", { user: me });
      const { store } = fixture();
      await store.record(log.events);
      const again = await fixture().openAgain();
      const { sessionId } = log;
      expect(await again.history({ sessionId, limit: 5 })).toEqual(
        await store.history({ sessionId, limit: 5 }),
      );
      expect((await again.search({ userId: me.id, query: "durable", limit: 5 })).hits).toHaveLength(1);
      expect(await again.openPrompts(sessionId)).toHaveLength(1);
      await again.close();
    });
  });
}
