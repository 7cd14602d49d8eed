import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { limits, timings, type User } from "@natter/protocol";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SearchBudget } from "../../src/search/search-budget.ts";
import { ngramsOf } from "../../src/search/ngrams.ts";
import { StoreUnavailable } from "../../src/store/store.ts";
import { Database } from "../../src/stores/sqlite/database/database.ts";
import { search as searchRows } from "../../src/search/search.ts";
import { rowsOf } from "../../src/stores/sqlite/rows/sqlite-rows.ts";
import { toSearchTerms } from "../../src/stores/sqlite/rows/index-entries.ts";
import { SearchThread } from "../../src/stores/sqlite/search-thread.ts";
import { openSqlite } from "../support/open-stores.ts";
import { newScope, TestLog } from "../support/events.ts";
import { heavySession, hiddenWord } from "../support/heavy-session.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-search-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newUser = (): User => ({ id: newScope(), name: "x" });
/** More time than a test has: what ends a search with it is a number. */
const patientMs = 600_000;

/** Has no time for the index, and all of it for the caller's own messages. */
class HalfGoneBudget extends SearchBudget {
  override get isHalfGone(): boolean {
    return true;
  }
}

/** A new file with what the logs say, and its path. */
async function fileOf(name: string, ...logs: readonly TestLog[]): Promise<string> {
  const path = join(folder, `${name}.db`);
  const store = await openSqlite(path);
  for (const log of logs) await store.record(log.events);
  await store.close();
  return path;
}

async function search(
  database: Database,
  userId: string,
  query: string,
  budget = new SearchBudget(patientMs),
) {
  const question = { userId, query, limit: 50 };
  const { hits, truncated } = await database.read(() =>
    searchRows(rowsOf(database.statements), question, budget),
  );
  return { texts: hits.map(({ message }) => message.message), truncated };
}

describe("a search in SQLite", () => {
  test(`compares ${limits.searchCandidates} messages and says if there are more`, async () => {
    const me = newUser();
    const log = new TestLog();
    log.message("first", "abc", me);
    for (let number = 1; number < limits.searchCandidates; number++) log.message(`m${number}`, "ab bc", me);
    const database = Database.open(await fileOf("candidates", log));
    expect(await search(database, me.id, "abc")).toEqual({ texts: ["abc"], truncated: false });
    await database.close();
    const more = new TestLog(log.sessionId, limits.searchCandidates + 1);
    more.message("one more", "ab bc", me);
    const reopened = Database.open(await fileOf("candidates", more));
    expect(await search(reopened, me.id, "abc")).toEqual({ texts: [], truncated: true });
    expect((await search(reopened, me.id, "bc")).texts).toHaveLength(50);
    await reopened.close();
  });

  test("finds the same without the time for the index, the latest first", async () => {
    const words = fc.constantFrom("ab", "bc", "abc", "cab", "가나", "나가");
    const said = fc.record({ session: fc.nat(4), text: fc.array(words, { minLength: 1, maxLength: 3 }) });
    const store = await openSqlite(join(folder, "walked.db"));
    const database = Database.open(join(folder, "walked.db"));
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 150 }), words, async (all, query) => {
        const me = newUser();
        const sessions = Array.from({ length: 5 }, newScope);
        const logs = all.map(({ session, text }, index) => {
          // Each log goes on where the one before it ended: they are one numbering.
          const log = new TestLog(sessions[session], index + 1);
          log.message("m", `${index} ${text.join(" ")}`, me);
          return log;
        });
        await store.record(logs.flatMap(({ events }) => events));
        const found = await search(database, me.id, query);
        const expected = all
          .map(({ text }, index) => `${index} ${text.join(" ")}`)
          .filter((text) => text.includes(query))
          .toReversed();
        expect(found).toEqual({ texts: expected.slice(0, 50), truncated: false });
        const budget = new HalfGoneBudget(patientMs);
        expect(await search(database, me.id, query, budget)).toEqual(found);
      }),
      { numRuns: 30 },
    );
    await database.close();
    await store.close();
  });

  test("finds one's own message beside 300,000 of others that match as well", async () => {
    const me = newUser();
    const log = new TestLog();
    log.message("mine", "about whales", me);
    const path = await fileOf("crowded", log);
    fillWithOthers(path, "about whales", 300_000);
    const database = Database.open(path);
    const found = { texts: ["about whales"], truncated: false };
    expect(await search(database, me.id, "whales", new SearchBudget(timings.searchMs))).toEqual(found);
    // Also if those of others have used up their half of the time, or all of it.
    expect(await search(database, me.id, "whales", new HalfGoneBudget(timings.searchMs))).toEqual(found);
    expect(await search(database, me.id, "whales", new SearchBudget(0))).toEqual(found);
    await database.close();
  });

  test("ends at once when the store is closed, and nobody searches after that", async () => {
    const me = newUser();
    const store = await openSqlite(await fileOf("closed", heavySession(me, 600)));
    await store.search({ userId: me.id, query: "last", limit: 1 });
    const question = { userId: me.id, query: hiddenWord, limit: 10 };
    const searches = Promise.allSettled([store.search(question), store.search(question)]);
    const startedMs = performance.now();
    await store.close();
    expect(performance.now() - startedMs).toBeLessThan(timings.storeMs);
    for (const outcome of await searches) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(StoreUnavailable) });
    }
    await expect(store.search(question)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test("begins a thread anew when one has ended", async () => {
    const path = join(folder, "late.db");
    const thread = new SearchThread(path);
    const question = { userId: "ann", query: "word", limit: 1 };
    // Whoever only reads cannot make the file.
    await expect(thread.ask(question, 100)).rejects.toBeInstanceOf(StoreUnavailable);
    await fileOf("late");
    expect(await thread.ask(question, 100)).toEqual({ hits: [], truncated: false });
    await thread.close();
  });
});

/** Messages of a session in which only others are, put beside the store: it would take minutes to record them. */
function fillWithOthers(path: string, text: string, messages: number): void {
  const raw = new DatabaseSync(path);
  raw.exec(`
    pragma synchronous = off;
    begin;
    create temp table numbers as with recursive n(i) as (
      select 2 union all select i + 1 from n where i <= ${messages}
    ) select i from n;
    insert into messages (number, id, session_id, position, user_id, frame)
      select i, 'other' || i, 'others', 'p' || i, 'other', '{}' from numbers;
  `);
  raw
    .prepare("insert into search (rowid, grams) select i, ? from numbers")
    .run(toSearchTerms(ngramsOf(text)));
  raw.exec("insert into members (user_id, session_id, joined) values ('other', 'others', 1); commit");
  raw.close();
}
