import { limits } from "@natter/protocol";
import { openTestMongo, waitFor } from "@natter/testing";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ngramsOfWords } from "../../src/search/ngrams.ts";
import { SearchBudget } from "../../src/search/search-budget.ts";
import { StoreUnavailable, type Store } from "../../src/store/store.ts";
import { collectionsOf } from "../../src/stores/mongo/collections.ts";
import { openMongo } from "../support/open-stores.ts";
import { reindexStep } from "../../src/search/reindex.ts";
import { openMongoAdapter } from "../../src/stores/mongo/mongo-adapter.ts";
import { search } from "../../src/search/search.ts";
import { CutLine } from "../support/cut-line.ts";
import { newScope, TestLog } from "../support/events.ts";
import { formerGramsOf } from "../support/former-index.ts";
import { testStore } from "../contract/store.contract.ts";

const mongo = await openTestMongo(process.env);

describe.skipIf(!mongo)(`MongoDB from ${mongo?.source ?? "nowhere: NOT TESTED"}`, () => {
  const url = mongo?.url ?? "";
  let store: Store;

  beforeAll(async () => {
    store = await openMongo(url);
    // As the service does it. Until then no search says that it is complete.
    while (await store.reindexStep());
  });

  afterAll(async () => {
    await store.close();
    const client = await MongoClient.connect(url);
    await client.db().dropDatabase();
    await client.close();
    await mongo?.close();
  });

  testStore("MongoDB", () => ({ store, openAgain: () => openMongo(url) }));

  test("a server that is not there is unavailable, and a malformed URL is another error", async () => {
    await expect(openMongo("mongodb://127.0.0.1:1/x")).rejects.toBeInstanceOf(StoreUnavailable);
    const malformed = openMongo("mongodb://:nonsense:@@/x");
    await expect(malformed).rejects.not.toBeInstanceOf(StoreUnavailable);
  });

  test("a database of a later natter is refused, and one without a format gets it", async (t) => {
    const client = await MongoClient.connect(url);
    const name = `format-${Date.now()}`;
    const { formats } = collectionsOf(client.db(name));
    t.onTestFinished(async () => {
      await client.db(name).dropDatabase();
      await client.close();
    });
    const address = new URL(url);
    address.pathname = `/${name}`;
    const opened = await openMongo(address.href);
    await opened.close();
    expect(await formats.find().toArray()).toEqual([{ _id: "format", version: 1 }]);
    await formats.updateOne({ _id: "format" }, { $set: { version: 99 } });
    await expect(openMongo(address.href)).rejects.toThrow(/format 99, this natter knows 1/);
  });

  test("history, open prompts and search are read from indexes (MongoDB itself only: stand-ins have no explain)", async (t) => {
    await store.reindexStep();
    const client = await MongoClient.connect(url);
    t.onTestFinished(() => client.close());
    const { messages, prompts, withdrawals } = collectionsOf(client.db());
    const queries = [
      messages.find({ session: "s", position: { $lt: "~" } }).sort({ position: -1 }),
      messages.find({ session: "s", answerTo: { $in: ["a", "b"] } }),
      messages.find({ session: { $in: ["s", "t"] }, grams: { $all: ["ab", "bc"] } }).sort({ position: -1 }),
      messages.find({ indexVersion: { $not: { $gte: 2 } } }),
      prompts.find({ session: "s", completed: 0, asked: { $lt: "~" } }).sort({ asked: 1 }),
      prompts.find({ completed: 0, asked: { $lt: "~" } }).sort({ asked: 1 }),
      withdrawals.find({ session: "s", target: { $in: ["", "message:a"] }, position: { $gt: "0" } }),
    ];
    for (const query of queries) {
      const explained = await query.explain().catch(() => undefined);
      // An error, or an answer without a plan.
      if (!explained?.["queryPlanner"]) return t.skip("this server has no explain");
      const plan = JSON.stringify(explained["queryPlanner"]);
      expect(plan).toContain("IXSCAN");
      expect(plan).not.toContain("COLLSCAN");
    }
  });

  test("memberships that the purges of an earlier version left are removed", async (t) => {
    const log = new TestLog();
    log.message("a", "hello");
    log.sessionDeletion();
    const { sessionId: session } = log;
    await store.record(log.events);
    const purgeOf = async (opened: Store) =>
      (await opened.pendingPurges(1_000)).find(({ sessionId }) => sessionId === session);
    const purge = await purgeOf(store);
    if (!purge) throw new Error("there is nothing to purge");
    await store.endPurge(purge);
    const client = await MongoClient.connect(url);
    t.onTestFinished(() => client.close());
    const { members, progress } = collectionsOf(client.db());
    await members.updateMany({ session }, { $unset: { acted: "" } });
    await progress.deleteOne({ _id: "deletions-are-listed-with-members" });
    const later = await openMongo(url);
    t.onTestFinished(() => later.close());
    expect(await purgeOf(later)).toEqual({ ...purge, round: purge.round + 1 });
    await later.purge(purge, async () => true);
    expect(await members.countDocuments({ session })).toBe(0);
  });

  test("documents of the version before are indexed again, what was deleted is not, and the index is the new one", async () => {
    const me = { id: newScope(), name: "x" };
    const log = new TestLog();
    for (let n = 0; n < limits.reindexMessages; n++) log.message(`m${n}`, `Ａ${n}`, me);
    log.message("edited", "before", me);
    log.edit("edited", "ｶﾀｶﾅ", { user: me });
    log.message("deleted", "topsecret", me);
    log.deletion("deleted", me);
    const gone = new TestLog();
    gone.message("a", "hidden", me);
    gone.sessionDeletion(me);
    await store.record([...log.events, ...gone.events]);
    const client = await MongoClient.connect(url);
    const { messages } = collectionsOf(client.db());
    const session = { $in: [log.sessionId, gone.sessionId] };
    for await (const { _id, deleted, frame } of messages.find({ session })) {
      const grams = deleted ? [] : formerGramsOf(frame.message);
      await messages.updateOne({ _id }, { $set: { grams }, $unset: { indexVersion: 1 } });
    }
    await messages.createIndex({ session: 1, grams: 1 });
    const searching = await openMongo(url);
    const found = async (query: string) => searching.search({ userId: me.id, query, limit: 5 });
    // Before its first look the store cannot know whether the index is complete.
    expect(await found("a0")).toEqual({ hits: [], truncated: true });
    // A process of the version before may go on beside this one.
    expect(await searching.reindexStep()).toBe(true);
    expect((await found("none")).truncated).toBe(true);
    while (await searching.reindexStep());
    for (const [query, text] of [
      ["a0", "Ａ0"],
      ["カタ", "ｶﾀｶﾅ"],
    ] as const) {
      const { hits, truncated } = await found(query);
      expect(hits.map(({ message }) => message.message)).toEqual([text]);
      expect(truncated).toBe(false);
    }
    for (const word of ["topsecret", "hidden"]) {
      expect((await found(word)).hits).toEqual([]);
      expect(await messages.countDocuments({ session, grams: { $all: ngramsOfWords([word]) } })).toBe(0);
    }
    const indexes = (await messages.indexes()).map(({ name }) => name);
    expect(indexes).toContain("session_1_grams_1_position_-1");
    expect(indexes).not.toContain("session_1_grams_1");
    await searching.close();
    await client.close();
  });

  test(`a search compares ${limits.searchCandidates} messages and says if there are more`, async () => {
    const me = { id: newScope(), name: "x" };
    const log = new TestLog();
    log.message("first", "abc", me);
    for (let n = 1; n < limits.searchCandidates; n++) log.message(`m${n}`, "ab bc", me);
    for (let n = 0; n < log.events.length; n += 1_000) await store.record(log.events.slice(n, n + 1_000));
    const adapter = await openMongoAdapter(url);
    while (await reindexStep(adapter));
    const found = async () => {
      const question = { userId: me.id, query: "abc", limit: 5 };
      const { hits, truncated } = await adapter.read((rows) =>
        search(rows, question, new SearchBudget(600_000)),
      );
      return { texts: hits.map(({ message }) => message.message), truncated };
    };
    expect(await found()).toEqual({ texts: ["abc"], truncated: false });
    await store.record([log.message("one more", "ab bc", me)]);
    expect(await found()).toEqual({ texts: [], truncated: true });
    await adapter.close();
  }, 120_000);

  test("a cut line is unavailable, mended it works again, and nothing is recorded twice", async () => {
    const [address] = new MongoClient(url).options.hosts;
    const log = new TestLog();
    for (let n = 0; n < 50; n++) log.message(`m${n}`);
    await using line = await CutLine.open({ host: address?.host ?? "", port: address?.port ?? 0 });
    const throughLine = url.replace(/^(mongodb:\/\/(?:[^@/]*@)?)[^/]+/, `$1127.0.0.1:${line.port}`);
    const cut = await openMongo(`${throughLine}${url.includes("?") ? "&" : "?"}directConnection=true`);
    await cut.record(log.events.slice(0, 10));
    // Cut in the middle; it may also have been faster than the cut.
    const outcome = cut.record(log.events).then(
      () => true,
      (error: unknown) => error instanceof StoreUnavailable,
    );
    line.cut();
    expect(await outcome).toBe(true);
    await expect(cut.record(log.events)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(cut.history({ sessionId: log.sessionId, limit: 5 })).rejects.toBeInstanceOf(
      StoreUnavailable,
    );
    line.mend();
    await waitFor(
      () =>
        cut.record(log.events).then(
          () => true,
          () => false,
        ),
      { what: "a mended line" },
    );
    const { messages } = await cut.history({ sessionId: log.sessionId, limit: 100 });
    expect(messages.map(({ message }) => message)).toEqual(log.events.map((_, n) => `m${n}`));
    await cut.close();
  });

  test("what is deleted is in no document any more", async () => {
    const log = new TestLog();
    log.message("a", "topsecret");
    log.edit("a", "topsecret, too");
    log.deletion("a");
    for (const event of log.events) await store.record([event]);
    const client = await MongoClient.connect(url);
    for (const { name } of await client.db().listCollections().toArray()) {
      const documents = await client.db().collection(name).find().toArray();
      const isGone = !JSON.stringify(documents).includes("topsecret");
      expect({ name, isGone }).toEqual({ name, isGone: true });
    }
    await client.close();
  });
});
