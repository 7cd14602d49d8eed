import { finishReasons, isContextAnswer, limits, type PageMessage, type Position } from "@natter/protocol";
import { describe, expect, test } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { ann, bob, newScope, TestLog } from "../support/events.ts";
import type { StoreFixture } from "./store.contract.ts";

const textsOf = (messages: readonly PageMessage[]): string[] => messages.map(({ message }) => message);

/** All pages from the last to the first. */
async function readBackwards(store: Store, sessionId: string, limit: number): Promise<PageMessage[]> {
  const read: PageMessage[] = [];
  for (;;) {
    const before = read[0]?.id;
    const page = await store.history({ sessionId, limit, ...(before === undefined ? {} : { before }) });
    expect(page.known).toBe(true);
    expect(page.messages.length).toBeLessThanOrEqual(limit);
    read.unshift(...page.messages);
    if (!page.hasMore) return read;
    expect(page.messages.length).toBeGreaterThan(0);
  }
}

const nowhere = { epoch: "0-0", seq: 0 };

function placeOf(log: TestLog, name: string): Position {
  return log.events.find(({ event }) => event.id === log.id(name))?.position ?? nowhere;
}

/** All pages from the first to the last. */
async function readForwards(store: Store, log: TestLog, limit: number): Promise<PageMessage[]> {
  const read: PageMessage[] = [];
  let from = log.events[0]?.position ?? nowhere;
  for (;;) {
    const page = await store.history({ sessionId: log.sessionId, limit, from });
    expect(page.messages.length).toBeLessThanOrEqual(limit);
    read.push(...page.messages);
    if (!page.hasMore) return read;
    expect(page.messages.length).toBeGreaterThan(0);
    const last = read.at(-1);
    from = { epoch: last?.epoch ?? "", seq: (last?.seq ?? 0) + 1 };
  }
}

async function context(store: Store, log: TestLog, target: string, textBytes = 10_000): Promise<string[]> {
  return textsOf(await store.context({ sessionId: log.sessionId, messageId: log.id(target), textBytes }));
}

export function testHistory(fixture: () => StoreFixture): void {
  describe("history", () => {
    test("250 messages come in pages, each once, in the order of the log", async () => {
      const log = new TestLog();
      for (let n = 0; n < 250; n++) log.message(`m${n}`);
      const { store } = fixture();
      await store.record(log.events.slice(100));
      await store.record(log.events.slice(0, 100));
      const expected = log.events.map(({ event }) => event.id);
      for (const limit of [20, 100]) {
        expect((await readBackwards(store, log.sessionId, limit)).map(({ id }) => id)).toEqual(expected);
      }
    });

    test("a page that ends at the first message says that there is no more", async () => {
      const log = new TestLog();
      for (const name of ["a", "b", "c"]) log.message(name);
      const { store } = fixture();
      await store.record(log.events);
      const { sessionId } = log;
      expect(await store.history({ sessionId, limit: 3 })).toMatchObject({ hasMore: false, known: true });
      expect(await store.history({ sessionId, limit: 2 })).toMatchObject({ hasMore: true });
      expect(await store.history({ sessionId, limit: 2, before: log.id("a") })).toMatchObject({
        messages: [],
        hasMore: false,
        known: true,
      });
    });

    test("a page ends before a message, and says where that is, or before a place at which nothing is stored yet", async () => {
      const log = new TestLog();
      for (const name of ["a", "b", "missing", "d"]) log.message(name);
      const { store } = fixture();
      await store.record(log.events.filter(({ event }) => event.id !== log.id("missing")));
      const { sessionId } = log;
      const [, , missing, last] = log.events;
      const beforeLast = await store.history({ sessionId, limit: 9, before: log.id("d") });
      expect([textsOf(beforeLast.messages), beforeLast.end]).toEqual([["a", "b"], last?.position]);
      const end = missing?.position ?? { epoch: "", seq: 0 };
      const beforeMissing = await store.history({ sessionId, limit: 1, before: log.id("missing"), end });
      expect([textsOf(beforeMissing.messages), beforeMissing.hasMore, beforeMissing.known]).toEqual([
        ["b"],
        true,
        true,
      ]);
    });

    test("pages from a place on hold each message once, and say whether there are more", async () => {
      const log = new TestLog();
      for (let n = 0; n < 60; n++) log.message(`m${n}`);
      const { store } = fixture();
      await store.record(log.events.slice(30));
      await store.record(log.events.slice(0, 30));
      const expected = log.events.map(({ event }) => event.id);
      for (const limit of [7, 20, 60]) {
        const read = await readForwards(store, log, limit);
        expect(read.map(({ id }) => id)).toEqual(expected);
      }
      const { sessionId } = log;
      const last = log.events.at(-1)?.position ?? { epoch: "", seq: 0 };
      expect(await store.history({ sessionId, limit: 5, from: last })).toMatchObject({
        messages: [{ message: "m59" }],
        hasMore: false,
        known: true,
      });
      const beyond = { ...last, seq: last.seq + 1 };
      expect((await store.history({ sessionId, limit: 5, from: beyond })).messages).toEqual([]);
    });

    test("a page from a place on may be thousands of messages back", async () => {
      const log = new TestLog();
      for (let n = 0; n < 3_000; n++) log.message(`m${n}`);
      const { store } = fixture();
      for (let n = 0; n < 3_000; n += 1_000) await store.record(log.events.slice(n, n + 1_000));
      const { sessionId } = log;
      const page = await store.history({ sessionId, limit: 50, from: placeOf(log, "m0") });
      expect([page.messages.length, page.messages[0]?.message, page.hasMore]).toEqual([50, "m0", true]);
    });

    test("a page from a place on is at most 768 KiB of JSON, and at least one message", async () => {
      const log = new TestLog();
      log.message("huge", "x".repeat(limits.pageBytes + 5));
      for (let n = 0; n < 12; n++) log.message(`m${n}`, "가".repeat(34_000));
      const { store } = fixture();
      for (const event of log.events) await store.record([event]);
      const [first, second] = log.events;
      const { sessionId } = log;
      const huge = await store.history({ sessionId, limit: 100, from: first?.position ?? nowhere });
      expect([huge.messages.map(({ id }) => id), huge.hasMore]).toEqual([[log.id("huge")], true]);
      const page = await store.history({ sessionId, limit: 100, from: second?.position ?? nowhere });
      expect(Buffer.byteLength(JSON.stringify(page.messages))).toBeLessThanOrEqual(limits.pageBytes);
      expect([page.messages.length, page.hasMore]).toEqual([7, true]);
      expect((await readForwards(store, log, 100)).length).toBe(13);
    });

    test("a page from a place on has what later events left, and nothing of before a deletion of the session", async () => {
      const log = new TestLog();
      const me = ann;
      log.message("a", "first", me);
      log.message("b", "second", me);
      log.sessionDeletion(me);
      log.message("c", "third", me);
      log.message("d", "forth", me);
      log.edit("d", "fourth", { user: me });
      const { store } = fixture();
      await store.record(log.events);
      const page = await store.history({ sessionId: log.sessionId, limit: 1, from: placeOf(log, "a") });
      expect([textsOf(page.messages), page.hasMore]).toEqual([["third"], true]);
      const all = await store.history({ sessionId: log.sessionId, limit: 9, from: placeOf(log, "b") });
      expect([textsOf(all.messages), all.hasMore]).toEqual([["third", "fourth"], false]);
    });

    test("an unknown message is said to be unknown, also one of another session", async () => {
      const [log, other] = [new TestLog(), new TestLog()];
      const { store } = fixture();
      await store.record([log.message("mine"), other.message("theirs")]);
      for (const before of [log.id("never"), other.id("theirs")]) {
        const page = await store.history({ sessionId: log.sessionId, before, limit: 20 });
        expect(page.known).toBe(false);
        expect(textsOf(page.messages)).toEqual(["mine"]);
      }
      expect(await store.history({ sessionId: newScope(), limit: 20 })).toEqual({
        messages: [],
        hasMore: false,
        known: true,
      });
    });

    test("a page is at most 768 KiB of JSON, and at least one message", async () => {
      const log = new TestLog();
      for (let n = 0; n < 12; n++) log.message(`m${n}`, "가".repeat(34_000));
      log.message("huge", "x".repeat(limits.pageBytes + 5));
      const { store } = fixture();
      for (const event of log.events) await store.record([event]);
      const { sessionId } = log;
      const last = await store.history({ sessionId, limit: 100 });
      expect(last.messages.map(({ id }) => id)).toEqual([log.id("huge")]);
      expect(Buffer.byteLength(JSON.stringify(last.messages))).toBeLessThanOrEqual(limits.pageBytes);
      expect(last.hasMore).toBe(true);
      const page = await store.history({ sessionId, limit: 100, before: log.id("huge") });
      expect(Buffer.byteLength(JSON.stringify(page.messages))).toBeLessThanOrEqual(limits.pageBytes);
      expect(page.messages.length).toBe(7);
      expect((await readBackwards(store, sessionId, 100)).map(({ id }) => id)).toEqual(
        log.events.map(({ event }) => event.id),
      );
    });

    test("the largest answer with the longest thought is a page", async () => {
      const log = new TestLog();
      log.message("q", "one");
      const [text, thought] = ["x".repeat(limits.replyTextBytes), "y".repeat(limits.replyReasoningBytes)];
      log.end("q", "q", { message: text, finishReason: "length", reasoning: thought });
      const { store } = fixture();
      await store.record(log.events);
      const { messages } = await store.history({ sessionId: log.sessionId, limit: 20 });
      expect(messages).toMatchObject([{ message: "one" }, { message: text, reasoning: thought }]);
      expect(Buffer.byteLength(JSON.stringify(messages))).toBeLessThanOrEqual(limits.pageBytes);
    });

    test("texts and emoji come back as they were, whatever is in them", async () => {
      const log = new TestLog();
      const texts = [
        "\0 null",
        "$where: {}",
        "a.b",
        "__proto__",
        "안녕하세요 \u1112\u1161\u11ab\u1100\u1173\u11af",
        "👨‍👩‍👧‍👦 🇰🇷 e\u0301",
        '"quoted" \\ \n\r\t\u2028',
        "﻿bom\u200b\u202e",
        "' or 1=1; --",
        "\u{10ffff}",
      ];
      for (const [n, text] of texts.entries()) {
        log.message(`m${n}`, text);
        log.reaction(`m${n}`, text.slice(0, 8), { user: { id: text, name: text } });
        log.update({ title: text });
      }
      const { store } = fixture();
      await store.record(log.events);
      const { messages } = await store.history({ sessionId: log.sessionId, limit: 100 });
      expect(textsOf(messages)).toEqual(texts);
      expect(messages.map(({ reactions }) => reactions)).toEqual(
        texts.map((text) => [{ emoji: text.slice(0, 8), count: 1, users: [text] }]),
      );
      expect((await store.details(log.sessionId)).title).toBe(texts.at(-1));
    });

    test("a deleted message leaves its place, without text, attachments and edits", async () => {
      const log = new TestLog();
      const attachments = [{ id: "f", name: "n.png", mimeType: "image/png", sizeBytes: 3 }];
      const message = log.message("m", "secret");
      const { store } = fixture();
      await store.record([
        { ...message, event: { ...message.event, attachments } as typeof message.event },
        log.edit("m", "secret, too"),
        log.deletion("m"),
      ]);
      const [left] = (await store.history({ sessionId: log.sessionId, limit: 20 })).messages;
      expect(JSON.stringify(left)).not.toContain("secret");
      expect(left).not.toHaveProperty("attachments");
      expect(left).toMatchObject({ id: log.id("m"), message: "", deletedAt: expect.any(String) });
    });

    test("after the first author deleted the session nothing before that is there, and nobody else can delete it", async () => {
      const { store } = fixture();
      for (const { user, left } of [
        { user: ann, left: ["after"] },
        { user: bob, left: ["before", "after"] },
      ]) {
        const log = new TestLog();
        log.message("before");
        log.sessionDeletion(user);
        log.message("after", "after", bob);
        // The deletion is known before it is known who may delete.
        for (const event of log.events.toReversed()) await store.record([event]);
        const page = await store.history({ sessionId: log.sessionId, limit: 20 });
        expect(textsOf(page.messages)).toEqual(left);
        const older = await store.history({ sessionId: log.sessionId, limit: 1, before: log.id("after") });
        expect(textsOf(older.messages)).toEqual(left.slice(0, -1));
        expect(older.hasMore).toBe(false);
      }
    });
  });

  describe("context", () => {
    test("is the question and what was said before it, each with its latest answer that is no error", async () => {
      const log = new TestLog();
      log.message("q1", "one");
      log.complete("q1", "q1", "first answer");
      log.message("q2", "two");
      log.complete("q2", "q2", "", "error");
      log.message("q3", "three");
      log.complete("q3", "q3", "", "stopped");
      log.message("q4", "four");
      log.target("regenerate_requested", log.id("q1"), { name: "p" });
      log.complete("p", "q1", "second answer");
      log.complete("q4", "q4", "known already");
      log.message("q5", "later");
      log.edit("q2", "two, better");
      const { store } = fixture();
      await store.record(log.events.toReversed());
      expect(await context(store, log, "q4")).toEqual([
        "one",
        "second answer",
        "two, better",
        "three",
        "four",
      ]);
    });

    test.each(
      finishReasons.flatMap((finishReason) => ["", "later"].map((message) => ({ finishReason, message }))),
    )("takes a later reply $finishReason with the text '$message' as the one rule says", async (later) => {
      const log = new TestLog();
      log.message("q1", "one");
      log.complete("q1", "q1", "earlier");
      const { event } = log.end("again", "q1", later);
      log.message("q2", "two");
      const { store } = fixture();
      await store.record(log.events);
      const counts = event.type === "ai_complete" && isContextAnswer(event);
      expect(await context(store, log, "q2")).toEqual(["one", counts ? "later" : "earlier", "two"]);
    });

    test("leaves out what the model thought aloud", async () => {
      const log = new TestLog();
      log.message("q1", "one");
      log.end("q1", "q1", { message: "answer", finishReason: "stop", reasoning: "thought" });
      log.message("q2", "two");
      const { store } = fixture();
      await store.record(log.events);
      const messages = await store.context({
        sessionId: log.sessionId,
        messageId: log.id("q2"),
        textBytes: 1_000,
      });
      expect(JSON.stringify(messages)).toContain("answer");
      expect(JSON.stringify(messages)).not.toContain("thought");
    });

    test("leaves out deleted messages with their answers", async () => {
      const log = new TestLog();
      log.message("q1", "one");
      log.complete("q1", "q1", "answer");
      log.message("q2", "two");
      log.deletion("q1");
      const { store } = fixture();
      await store.record(log.events);
      expect(await context(store, log, "q2")).toEqual(["two"]);
    });

    test("is cut at its beginning, and holds the question even if that alone is too long", async () => {
      const log = new TestLog();
      for (let n = 0; n < 120; n++) log.message(`q${n}`, `${n}`.padStart(10, "0"));
      const { store } = fixture();
      await store.record(log.events);
      expect(await context(store, log, "q100", 25)).toEqual(["0000000098", "0000000099", "0000000100"]);
      expect(await context(store, log, "q100", 0)).toEqual(["0000000100"]);
      expect(await context(store, log, "q110", 1_000_000)).toHaveLength(111);
      expect(await context(store, log, "unknown", 10)).toEqual(["0000000119"]);
    });

    test("is at most 700 KiB of JSON", async () => {
      const log = new TestLog();
      for (let n = 0; n < 16; n++) log.message(`q${n}`, "x".repeat(60_000));
      const { store } = fixture();
      await store.record(log.events);
      const messages = await store.context({
        sessionId: log.sessionId,
        messageId: log.id("q15"),
        textBytes: 10_000_000,
      });
      expect(messages).toHaveLength(11);
      expect(Buffer.byteLength(JSON.stringify(messages))).toBeLessThanOrEqual(700 * 1024);
    });
  });
}
