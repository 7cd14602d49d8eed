import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PageMessage } from "@natter/protocol";
import { openTestMongo } from "@natter/testing";
import { MongoClient } from "mongodb";
import { afterAll, describe, expect, test } from "vitest";
import { collectionsOf } from "../../src/stores/mongo/collections.ts";
import { readContext } from "../../src/reading/context.ts";
import { rowsOf as mongoRowsOf } from "../../src/stores/mongo/mongo-rows.ts";
import { openMongo, openSqlite } from "../support/open-stores.ts";
import { Database } from "../../src/stores/sqlite/database/database.ts";
import type { Statements } from "../../src/stores/sqlite/database/statements.ts";
import { rowsOf as sqliteRowsOf } from "../../src/stores/sqlite/rows/sqlite-rows.ts";
import { TestLog } from "../support/events.ts";

const mongo = await openTestMongo(process.env);
const replies = 200;
const replyLength = 20_000;

/** Questions of which the first is answered again and again, and fails at last. */
function regenerated(): TestLog {
  const log = new TestLog();
  log.message("q1", "one");
  for (let n = 0; n < replies; n++) log.complete(`p${n}`, "q1", `${n} ${"x".repeat(replyLength)}`);
  for (let n = 0; n < replies; n++) log.complete(`e${n}`, "q1", "x".repeat(replyLength), "error");
  log.complete("stopped", "q1", "", "stopped");
  log.message("q2", "two");
  return log;
}

function questionOf(log: TestLog): { sessionId: string; messageId: string; textBytes: number } {
  return { sessionId: log.sessionId, messageId: log.id("q2"), textBytes: 100_000 };
}

function beginningsOf(messages: readonly PageMessage[]): string[] {
  return messages.map(({ message }) => message.split(" ")[0] ?? "");
}

/** The statements, and the size of all rows that they answered. */
function measured(of: Statements): { statements: Statements; length: () => number } {
  let length = 0;
  const statements = new Proxy(of, {
    get: (target, name) => {
      if (name !== "all" && name !== "iterate") return Reflect.get(target, name, target) as unknown;
      return (...query: Parameters<Statements["all"]>) => {
        const rows = [...target[name](...query)];
        length += JSON.stringify(rows).length;
        return rows;
      };
    },
  });
  return { statements, length: () => length };
}

describe("a context of a message that was answered hundreds of times", () => {
  test("reads one of the answers from SQLite", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-context-"));
    t.onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, "natter.db");
    const store = await openSqlite(path);
    const log = regenerated();
    await store.record(log.events);
    const { statements, length } = measured(Database.openToRead(path).statements);
    const messages = await readContext(sqliteRowsOf(statements), questionOf(log));
    expect(beginningsOf(messages)).toEqual(["one", `${replies - 1}`, "two"]);
    expect(length()).toBeLessThan(2 * replyLength);
    await store.close();
  });

  test.skipIf(!mongo)("reads one of the answers from MongoDB", async (t) => {
    const url = mongo?.url ?? "";
    const store = await openMongo(url);
    const client = new MongoClient(url, { monitorCommands: true });
    t.onTestFinished(async () => {
      await store.close();
      await client.db().dropDatabase();
      await client.close();
    });
    const log = regenerated();
    await store.record(log.events);
    let length = 0;
    client.on("commandSucceeded", ({ reply }) => {
      length += JSON.stringify(reply).length;
    });
    const messages = await readContext(mongoRowsOf(collectionsOf(client.db())), questionOf(log));
    expect(beginningsOf(messages)).toEqual(["one", `${replies - 1}`, "two"]);
    expect(length).toBeLessThan(3 * replyLength);
  });

  afterAll(async () => mongo?.close());
});
