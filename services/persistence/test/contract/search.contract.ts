import { limits, type User } from "@natter/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StoreUnavailable, type RecordedEvent, type Store } from "../../src/store/store.ts";
import { waitFor } from "@natter/testing";
import { newScope, TestLog } from "../support/events.ts";
import { heavySession, hiddenWord } from "../support/heavy-session.ts";
import type { StoreFixture } from "./store.contract.ts";

const newUser = (): User => ({ id: newScope(), name: "x" });

async function found(store: Store, user: User, query: string): Promise<string[]> {
  const { hits } = await store.search({ userId: user.id, query, limit: 50 });
  return hits.map(({ message }) => message.message);
}

export function testSearch(fixture: () => StoreFixture): void {
  describe("search", () => {
    test("finds Korean inside longer words, several words in any order, and single syllables", async () => {
      const me = newUser();
      const log = new TestLog();
      const texts = ["안녕하세요 세계", "데이터베이스를 설계한다", "오늘 날씨", "프로그래밍 언어 설계"];
      for (const [n, text] of texts.entries()) log.message(`m${n}`, text, me);
      const { store } = fixture();
      await store.record(log.events);
      const expected: Record<string, number[]> = {
        녕하: [0],
        베이스: [1],
        설계: [3, 1],
        "설계 언어": [3],
        "  언어\t설계\n": [3],
        계: [3, 1, 0],
        씨: [2],
        스를: [1],
        를설: [],
        "요 세": [0],
        세계안녕: [],
        하녕: [],
        없는말: [],
        "": [],
        "   ": [],
      };
      for (const [query, indexes] of Object.entries(expected)) {
        const expectedTexts = indexes.map((index) => texts[index]);
        expect({ query, found: await found(store, me, query) }).toEqual({ query, found: expectedTexts });
      }
    });

    test("is deaf to case and to how syllables are composed", async () => {
      const me = newUser();
      const log = new TestLog();
      const decomposed = "한글 문서".normalize("NFD");
      log.message("a", "Hello WORLD", me);
      log.message("b", decomposed, me);
      log.message("c", "CAFÉ", me);
      const { store } = fixture();
      await store.record(log.events);
      expect(await found(store, me, "hello world")).toEqual(["Hello WORLD"]);
      expect(await found(store, me, "한글")).toEqual([decomposed]);
      expect(await found(store, me, "문서".normalize("NFD"))).toEqual([decomposed]);
      expect(await found(store, me, "cafe\u0301")).toEqual(["CAFÉ"]);
    });

    test("is deaf to width, kinds of quotes and the dots of i, in texts and in queries", async () => {
      const me = newUser();
      const log = new TestLog();
      const pairs = [
        ["ＡＢＣ　１２３", "abc 123"],
        ["カタカナ ガギグ", "ｶﾀｶﾅ ｶﾞｷﾞｸﾞ"],
        ["don’t “quote”", 'don\'t "quote"'],
        ["İSTANBUL ve ILGIN", "istanbul ve ılgın"],
        ["Straße ΟΔΟΣ", "STRASSE οδος"],
        ["ﬁne ①", "fine 1"],
      ] as const;
      for (const [n, pair] of pairs.entries()) {
        log.message(`left${n}`, pair[0], me);
        log.message(`right${n}`, pair[1], me);
      }
      const { store } = fixture();
      await store.record(log.events);
      for (const [left, right] of pairs) {
        expect({ left, found: await found(store, me, left) }).toEqual({ left, found: [right, left] });
        expect({ right, found: await found(store, me, right) }).toEqual({ right, found: [right, left] });
      }
    });

    test("takes every character literally", async () => {
      const me = newUser();
      const log = new TestLog();
      const texts = ['say "hi" AND go*', "100% of $set", "a.b (c) [d] ^e", "👨‍👩‍👧 family", "it's NOT OR"];
      for (const [n, text] of texts.entries()) log.message(`m${n}`, text, me);
      const { store } = fixture();
      await store.record(log.events);
      for (const [query, text] of [
        ['"', texts[0]],
        ["go*", texts[0]],
        ["100%", texts[1]],
        ["$set", texts[1]],
        ["a.b", texts[2]],
        ["(c)", texts[2]],
        ["👨‍👩‍👧", texts[3]],
        ["it's", texts[4]],
        ["NOT", texts[4]],
      ] as const) {
        expect({ query, found: await found(store, me, query) }).toEqual({ query, found: [text] });
      }
    });

    test("finds the newest text alone, and nothing that was deleted", async () => {
      const me = newUser();
      const log = new TestLog();
      log.message("a", "original apple", me);
      log.message("b", "deleted banana", me);
      log.complete("a", "a", "reply with cherry");
      log.edit("a", "changed orange", { user: me });
      log.deletion("b", me);
      const { store } = fixture();
      await store.record(log.events);
      expect(await found(store, me, "apple")).toEqual([]);
      expect(await found(store, me, "banana")).toEqual([]);
      expect(await found(store, me, "orange")).toEqual(["changed orange"]);
      expect(await found(store, me, "cherry")).toEqual(["reply with cherry"]);
      await store.record([log.sessionDeletion(me)]);
      expect(await found(store, me, "orange")).toEqual([]);
    });

    test("neither finds nor tells what the model thought aloud", async () => {
      const me = newUser();
      const log = new TestLog();
      log.message("q", "question", me);
      log.end("q", "q", { message: "answer", finishReason: "stop", reasoning: "thought" });
      const { store } = fixture();
      await store.record(log.events);
      expect(await found(store, me, "thought")).toEqual([]);
      const { hits } = await store.search({ userId: me.id, query: "answer", limit: 10 });
      const [hit] = hits;
      expect(hit?.message).toMatchObject({ message: "answer" });
      expect(hit?.message).not.toHaveProperty("reasoning");
    });

    test("looks into the caller's sessions only, latest first, up to the limit", async () => {
      const [me, they] = [newUser(), newUser()];
      const { store } = fixture();
      const theirs = new TestLog();
      theirs.message("m", "shared word", they);
      await store.record(theirs.events);
      for (let n = 0; n < 3; n++) {
        const log = new TestLog(newScope(), 100 * (n + 1));
        log.message("a", `shared word ${n}`, me);
        log.update({ title: `T${n}` }, me);
        await store.record(log.events);
      }
      const { hits } = await store.search({ userId: me.id, query: "word", limit: 2 });
      expect(hits.map(({ title, message }) => [title, message.message])).toEqual([
        ["T2", "shared word 2"],
        ["T1", "shared word 1"],
      ]);
      expect(await found(store, newUser(), "word")).toEqual([]);
    });

    test("finds what stands at the end of a text with more grams than are indexed", async () => {
      const me = newUser();
      const log = new TestLog();
      const many = Array.from({ length: limits.searchNgrams }, (_, n) =>
        String.fromCodePoint(0xac00 + n),
      ).join("");
      log.message("a", `${many} 마지막`, me);
      const { store } = fixture();
      await store.record(log.events);
      expect(await found(store, me, "마지막")).toHaveLength(1);
      expect(await found(store, me, "없다")).toEqual([]);
    });

    test("finds the longest query, and compares all of it", async () => {
      const me = newUser();
      const log = new TestLog();
      const word = Array.from({ length: limits.searchQueryLength }, (_, n) =>
        String.fromCodePoint(0xac00 + n),
      ).join("");
      log.message("a", `앞${word}뒤`, me);
      log.message("b", word.slice(0, -1), me);
      const { store } = fixture();
      await store.record(log.events);
      expect(await found(store, me, word)).toEqual([`앞${word}뒤`]);
      // Each of these is a phrase of eighteen characters.
      log.message("c", "ﷺ".repeat(limits.searchQueryLength), me);
      await store.record(log.events);
      expect(await found(store, me, "ﷺ".repeat(limits.searchQueryLength))).toHaveLength(1);
    });

    test("finds the latest, whether it has more grams than are indexed or not", async () => {
      const me = newUser();
      const log = new TestLog();
      const many = Array.from({ length: limits.searchNgrams }, (_, n) => String.fromCodePoint(0xac00 + n));
      const texts = ["설계 1", `${many.join("")} 설계 2`, "설계 3", `${many.join(" ")} 설계 4`, "설계 5"];
      for (const [n, text] of texts.entries()) log.message(`m${n}`, text, me);
      const { store } = fixture();
      await store.record(log.events);
      expect(await found(store, me, "설계")).toEqual(texts.toReversed());
      for (const limit of [1, 2, 3, 4]) {
        const { hits, truncated } = await store.search({ userId: me.id, query: "설계", limit });
        expect(hits.map(({ message }) => message.message)).toEqual(texts.toReversed().slice(0, limit));
        expect(truncated).toBe(false);
      }
    });

    test("answers in time however much there is to compare, with the latest, and says if it gave up", async () => {
      const me = newUser();
      const { store } = fixture();
      for (const batch of batchesOf(heavySession(me, 400).events)) await store.record(batch);
      // A machine that is busy with something else may be too late for it at first.
      const { hits, truncated } = await waitFor(
        () => store.search({ userId: me.id, query: hiddenWord, limit: 10 }).catch(() => undefined),
        { what: "an answer in time", timeoutMs: 15_000 },
      );
      expect(hits[0]?.message.message).toBe(`${hiddenWord} last`);
      expect(truncated).toBe(hits.length < 2);
    });

    test("goes on beside recording and history, and leaves somebody else their turn", async () => {
      const many = Array.from({ length: 10 }, newUser);
      const { store } = fixture();
      const heavy = heavySession(newUser(), 200);
      for (const [n, user] of many.entries()) heavy.message(`joined${n}`, "here", user);
      for (const batch of batchesOf(heavy.events)) await store.record(batch);
      const me = newUser();
      const log = new TestLog();
      let wasBeside = false;
      // On a machine that is busy with something else, one attempt says little.
      for (let attempt = 0; attempt < 10 && !wasBeside; attempt++) {
        let answered = 0;
        const searches = many.flatMap((user) =>
          [1, 2, 3, 4].map(() =>
            store
              .search({ userId: user.id, query: hiddenWord, limit: 10 })
              .catch(expectUnavailable)
              .finally(() => (answered += 1)),
          ),
        );
        await store.record([log.message(`m${attempt}`, "word", me)]);
        const { messages } = await store.history({ sessionId: log.sessionId, limit: 100 });
        wasBeside = answered < searches.length / 2;
        expect(messages).toHaveLength(attempt + 1);
        await Promise.all(searches);
      }
      expect(wasBeside).toBe(true);
      expect(await found(store, me, "word")).not.toEqual([]);
    });

    test("has nothing to index again of what this version has recorded", async () => {
      const log = new TestLog();
      log.message("a", "text");
      log.edit("a", "other text");
      log.message("b", "deleted");
      log.deletion("b");
      const { store } = fixture();
      await store.record(log.events);
      expect(await store.reindexStep()).toBe(false);
    });

    test("finds what a plain look at every text finds", async () => {
      const syllables = fc.constantFrom("가", "나", "다", "A", "a", "é", " ", "\n", "🙂", "-");
      const words = fc.string({ unit: syllables, minLength: 1, maxLength: 12 });
      const { store } = fixture();
      await fc.assert(
        fc.asyncProperty(
          fc.array(words, { minLength: 1, maxLength: 8 }),
          fc.array(fc.string({ unit: syllables, minLength: 1, maxLength: 4 }), {
            minLength: 3,
            maxLength: 8,
          }),
          async (texts, queries) => {
            const me = newUser();
            const log = new TestLog();
            for (const [n, text] of texts.entries()) log.message(`m${n}`, text, me);
            await store.record(log.events);
            for (const query of queries) {
              const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
              const expected = texts.filter(
                (text) => wanted.length > 0 && wanted.every((word) => text.toLowerCase().includes(word)),
              );
              expect(await found(store, me, query)).toEqual(expected.toReversed());
            }
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}

/** Of many searches at once, some come too late. */
function expectUnavailable(error: unknown): void {
  expect(error).toBeInstanceOf(StoreUnavailable);
}

/** As the recorder gets them. */
function batchesOf(events: readonly RecordedEvent[]): RecordedEvent[][] {
  const size = 50;
  const starts = Array.from({ length: Math.ceil(events.length / size) }, (_, n) => n * size);
  return starts.map((start) => events.slice(start, start + size));
}
