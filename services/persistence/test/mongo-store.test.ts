import { openTestMongo } from "@natter/testing";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreUnavailable, type Store } from "../src/store.ts";
import { openMongoStore } from "../src/stores/mongo-store/mongo-store.ts";
import { TestLog } from "./events.ts";
import { testStore } from "./store.contract.ts";

const mongo = await openTestMongo(process.env);

describe.skipIf(!mongo)(`MongoDB from ${mongo?.source ?? "nowhere: NOT TESTED"}`, () => {
  const url = mongo?.url ?? "";
  let store: Store;

  beforeAll(async () => {
    store = await openMongoStore(url);
  });

  afterAll(async () => {
    await store.close();
    const client = await MongoClient.connect(url);
    await client.db().dropDatabase();
    await client.close();
    await mongo?.close();
  });

  testStore("MongoDB", () => ({ store, openAgain: () => openMongoStore(url) }));

  test("a server that is not there is unavailable, and a malformed URL is another error", async () => {
    await expect(openMongoStore("mongodb://127.0.0.1:1/x")).rejects.toBeInstanceOf(StoreUnavailable);
    const malformed = openMongoStore("mongodb://:nonsense:@@/x");
    await expect(malformed).rejects.not.toBeInstanceOf(StoreUnavailable);
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
