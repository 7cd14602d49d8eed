import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { limits, timings, type User } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Reindexing } from "../../src/upkeep/reindexing.ts";
import { ngramsOfWords } from "../../src/search/ngrams.ts";
import type { Store } from "../../src/store/store.ts";
import { toMatch } from "../../src/stores/sqlite/rows/index-entries.ts";
import { openSqlite } from "../support/open-stores.ts";
import { newScope, TestLog } from "../support/events.ts";
import { makeFormerFile } from "../support/former-index.ts";
import { logger } from "../support/recorded-log.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-reindexing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const me: User = { id: newScope(), name: "x" };

/** A file of the version before, with what the logs say. */
async function formerFile(name: string, ...logs: readonly TestLog[]): Promise<string> {
  const path = join(folder, `${name}.db`);
  const store = await openSqlite(path);
  for (const { events } of logs) await store.record(events);
  await store.close();
  await makeFormerFile(path);
  return path;
}

async function found(store: Store, query: string): Promise<string[]> {
  const { hits } = await store.search({ userId: me.id, query, limit: limits.searchHits });
  return hits.map(({ message }) => message.message);
}

async function stepsOf(store: Store): Promise<number> {
  for (let steps = 1; ; steps++) if (!(await store.reindexStep())) return steps;
}

/** Messages of the index that have the word's grams, whoever asks. */
function indexed(path: string, word: string): number {
  const raw = new DatabaseSync(path);
  const { count } = raw
    .prepare("select count(*) as count from search where search match ?")
    .get(toMatch(ngramsOfWords([word]))) as { count: number };
  raw.close();
  return count;
}

describe("a file of the version before", () => {
  test("is found in as this version finds, once it is indexed again", async () => {
    const log = new TestLog();
    const long = Array.from({ length: limits.searchNgrams }, (_, n) => String.fromCodePoint(0xac00 + n));
    const texts = ["ＡＢＣ", "don’t", "ILGIN", `${long.join("")} 마지막`, "plain 안녕"];
    for (const [n, text] of texts.entries()) log.message(`m${n}`, text, me);
    log.message("edited", "before", me);
    log.edit("edited", "ｶﾀｶﾅ", { user: me });
    const store = await openSqlite(await formerFile("former", log));
    const queries = { abc: 0, "don't": 1, ılgın: 2, 마지막: 3 };
    // Until then it says that something may be missing.
    expect(await store.search({ userId: me.id, query: "abc", limit: 5 })).toEqual({
      hits: [],
      truncated: true,
    });
    expect(await found(store, "안녕")).toEqual(["plain 안녕"]);
    expect(await stepsOf(store)).toBe(1);
    for (const [query, n] of Object.entries(queries)) expect(await found(store, query)).toEqual([texts[n]]);
    expect(await found(store, "カタ")).toEqual(["ｶﾀｶﾅ"]);
    expect(await found(store, "before")).toEqual([]);
    expect((await store.search({ userId: me.id, query: "none", limit: 5 })).truncated).toBe(false);
    await store.close();
  });

  test(`is indexed again ${limits.reindexMessages} messages at a time, the latest first, and goes on when it is opened again`, async () => {
    const log = new TestLog();
    const messages = 2 * limits.reindexMessages + 1;
    for (let n = 0; n < messages; n++) log.message(`m${n}`, `Ａ${n}`, me);
    const path = await formerFile("steps", log);
    const store = await openSqlite(path);
    expect(await store.reindexStep()).toBe(true);
    expect(indexed(path, "a")).toBe(limits.reindexMessages);
    expect(await found(store, `a${messages - 1}`)).toEqual([`Ａ${messages - 1}`]);
    await store.close();
    const again = await openSqlite(path);
    expect(await stepsOf(again)).toBe(2);
    expect(indexed(path, "a")).toBe(messages);
    await again.close();
    const last = await openSqlite(path);
    expect(await stepsOf(last)).toBe(1);
    await last.close();
  });

  test(`has ${limits.reindexBytes} bytes of messages at most, and one more, in a step`, async () => {
    const log = new TestLog();
    const messages = 8;
    const bytes = limits.reindexBytes / (messages / 2);
    for (let n = 0; n < messages; n++) log.message(`m${n}`, `Ａ${"x".repeat(bytes)}`, me);
    const path = await formerFile("bytes", log);
    const store = await openSqlite(path);
    expect(await store.reindexStep()).toBe(true);
    expect(indexed(path, "a")).toBe(messages / 2);
    expect(await stepsOf(store)).toBe(1);
    expect(indexed(path, "a")).toBe(messages);
    await store.close();
  });

  test("takes new messages, edits and deletions between two steps of two processes", async () => {
    const log = new TestLog();
    for (let n = 0; n < 200; n++) log.message(`m${n}`, `Ａ${n}`, me);
    const path = await formerFile("between", log);
    const [store, other] = [await openSqlite(path), await openSqlite(path)];
    await store.reindexStep();
    await store.record([
      log.message("new", "Ｂ", me),
      log.edit("m0", "Ｃ", { user: me }),
      log.deletion("m1", me),
      log.edit("m199", "Ｄ", { user: me }),
    ]);
    while ((await store.reindexStep()) || (await other.reindexStep()));
    expect(await found(store, "b")).toEqual(["Ｂ"]);
    expect(await found(store, "c")).toEqual(["Ｃ"]);
    expect(await found(store, "d")).toEqual(["Ｄ"]);
    expect(await found(store, "a1")).not.toContain("Ａ1");
    expect(indexed(path, "a")).toBe(197);
    await Promise.all([store.close(), other.close()]);
  });

  test("keeps nothing of what was deleted in the index, by itself or with its session", async () => {
    const log = new TestLog();
    log.message("a", "topsecret", me);
    log.deletion("a", me);
    const gone = new TestLog();
    gone.message("a", "topsecret, too", me);
    gone.sessionDeletion(me);
    gone.message("b", "begun again", me);
    const path = await formerFile("deleted", log, gone);
    const store = await openSqlite(path);
    await stepsOf(store);
    expect(indexed(path, "topsecret")).toBe(0);
    expect(indexed(path, "begun")).toBe(1);
    expect(await found(store, "topsecret")).toEqual([]);
    await store.close();
  });

  test("is indexed again while recording goes on", async () => {
    const log = new TestLog();
    for (let n = 0; n < 2_000; n++) log.message(`m${n}`, `Ａ${n} ${"안녕하세요 세계 ".repeat(50)}`, me);
    const store = await openSqlite(await formerFile("busy", log));
    const reindexing = new Reindexing({ store, logger });
    reindexing.start();
    const other = new TestLog();
    const waits: number[] = [];
    await waitFor(
      async () => {
        const startedMs = performance.now();
        await store.record([other.message(`m${waits.length}`)]);
        waits.push(performance.now() - startedMs);
        const { truncated } = await store.search({ userId: me.id, query: "none", limit: 1 });
        return !truncated;
      },
      { what: "the index to be up to date", timeoutMs: 25_000 },
    );
    await reindexing.stop();
    expect(waits.length).toBeGreaterThan(5);
    expect(Math.max(...waits)).toBeLessThan(timings.storeMs);
    expect(await found(store, "a1999")).toHaveLength(1);
    await store.close();
  });
});
