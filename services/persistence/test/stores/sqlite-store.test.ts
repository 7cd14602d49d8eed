import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreUnavailable, type Store } from "../../src/store/store.ts";
import { Database } from "../../src/stores/sqlite/database/database.ts";
import { registersOfTargets } from "../../src/stores/sqlite/rows/registers.ts";
import { openSqlite } from "../support/open-stores.ts";
import { TestLog } from "../support/events.ts";
import { testStore } from "../contract/store.contract.ts";

const goOn = async (): Promise<boolean> => true;
let folder: string;
let store: Store;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-sqlite-"));
  store = await openSqlite(join(folder, "natter.db"));
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

testStore("SQLite", () => ({ store, openAgain: () => openSqlite(join(folder, "natter.db")) }));

describe("SQLite alone", () => {
  test("a file that another process keeps locked is unavailable, and usable again afterwards", async () => {
    const log = new TestLog();
    log.message("a");
    const path = join(folder, "locked.db");
    const locked = await openSqlite(path);
    const other = new DatabaseSync(path);
    other.exec("begin immediate");
    await expect(locked.record(log.events)).rejects.toBeInstanceOf(StoreUnavailable);
    // Reading goes on meanwhile.
    expect((await locked.history({ sessionId: log.sessionId, limit: 5 })).messages).toEqual([]);
    other.exec("rollback");
    other.close();
    await locked.record(log.events);
    expect((await locked.history({ sessionId: log.sessionId, limit: 5 })).messages).toHaveLength(1);
    await locked.close();
    await expect(locked.record(log.events)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test("what is deleted is in no table any more", async () => {
    const path = join(folder, "deleted.db");
    const kept = await openSqlite(path);
    const log = new TestLog();
    log.message("a", "topsecret");
    log.edit("a", "topsecret, too");
    log.deletion("a");
    for (const event of log.events) await kept.record([event]);
    await kept.close();
    const raw = new DatabaseSync(path);
    for (const table of ["messages", "amendments", "receipts", "prompts", "sessions"]) {
      const rows = JSON.stringify(raw.prepare(`select * from ${table}`).all());
      expect({ table, isGone: !rows.includes("topsecret") }).toEqual({ table, isGone: true });
    }
    raw.close();
  });

  test("what a deleted session held is in no byte of the file after its purge", async () => {
    const path = join(folder, "purged.db");
    const kept = await openSqlite(path);
    const log = new TestLog();
    for (let number = 0; number < 350; number++) log.message(`m${number}`, `topsecret ${number}`);
    log.update({ title: "topsecret" });
    await kept.record(log.events);
    await kept.record([log.sessionDeletion()]);
    for (const purge of await kept.pendingPurges(10)) await kept.purge(purge, goOn);
    const files = await Promise.all(["", "-wal"].map((end) => readFile(path + end).catch(() => Buffer.of())));
    expect(files.map((file) => file.includes("topsecret"))).toEqual([false, false]);
    expect((await kept.history({ sessionId: log.sessionId, limit: 5 })).messages).toEqual([]);
    await kept.close();
  });

  test("a purge is unfinished while somebody reads, because deleted text stays in the write-ahead log", async () => {
    const path = join(folder, "read.db");
    const kept = await openSqlite(path);
    const log = new TestLog();
    log.message("a", "topsecret");
    await kept.record(log.events);
    const reader = new DatabaseSync(path);
    reader.exec("begin; select count(*) from messages");
    await kept.record([log.sessionDeletion()]);
    const [pending] = await kept.pendingPurges(1);
    if (!pending) throw new Error("there is nothing to purge");
    let waits = 0;
    const waiting = async (): Promise<boolean> => ++waits > 0;
    expect(await kept.purge(pending, waiting)).toBe("unfinished");
    expect(waits).toBe(9);
    reader.exec("rollback");
    reader.close();
    expect(await kept.purge(pending, goOn)).toEqual(pending.position);
    const files = await Promise.all(["", "-wal"].map((end) => readFile(path + end).catch(() => Buffer.of())));
    expect(files.map((file) => file.includes("topsecret"))).toEqual([false, false]);
    await kept.close();
  });

  test("memberships of a deleted session are removed 1,000 at a time", async () => {
    const path = join(folder, "members.db");
    const kept = await openSqlite(path);
    const log = new TestLog();
    log.message("a", "hello");
    for (let number = 1; number <= 1_000; number++)
      log.target("read_receipt", log.id("a"), { user: { id: `user${number}`, name: "x" } });
    log.sessionDeletion();
    await kept.record(log.events);
    const [pending] = await kept.pendingPurges(1);
    if (!pending) throw new Error("there is nothing to purge");
    const raw = new DatabaseSync(path);
    const members = (): unknown => raw.prepare("select count(*) as left from members").get();
    expect(members()).toEqual({ left: 1_001 });
    expect(await kept.purge(pending, async () => false)).toBe("unfinished");
    expect(members()).toEqual({ left: 1 });
    expect(await kept.purge(pending, goOn)).toEqual(pending.position);
    expect(members()).toEqual({ left: 0 });
    raw.close();
    await kept.close();
  });

  test("a file of the first version gets its deletions purged", async () => {
    const path = join(folder, "first-version.db");
    const early = await openSqlite(path);
    const log = new TestLog();
    log.message("a", "topsecret");
    log.sessionDeletion();
    await early.record(log.events);
    await early.close();
    const raw = new DatabaseSync(path);
    raw.exec("drop table purges; alter table members drop column acted; pragma user_version = 1");
    raw.close();
    const opened = await openSqlite(path);
    const position = log.events[1]?.position;
    expect(await opened.pendingPurges(10)).toMatchObject([{ sessionId: log.sessionId, position }]);
    await opened.close();
  });

  test("a file of the second version has the memberships removed that its purges left", async () => {
    const path = join(folder, "second-version.db");
    const early = await openSqlite(path);
    const log = new TestLog();
    log.message("a", "hello");
    const { position } = log.sessionDeletion();
    await early.record(log.events);
    const [purge] = await early.pendingPurges(1);
    if (!purge) throw new Error("there is nothing to purge");
    await early.endPurge(purge);
    await early.close();
    const raw = new DatabaseSync(path);
    raw.exec("alter table members drop column acted; pragma user_version = 2");
    const opened = await openSqlite(path);
    expect(await opened.pendingPurges(10)).toEqual([{ ...purge, round: purge.round + 1 }]);
    expect(await opened.purge(purge, goOn)).toEqual(position);
    expect(raw.prepare("select count(*) as members from members").get()).toEqual({ members: 0 });
    raw.close();
    await opened.close();
  });

  test("reactions that were taken back are passed over, also in a file from before there was an index for it", async () => {
    const path = join(folder, "taken-back.db");
    const early = await openSqlite(path);
    const log = new TestLog();
    log.message("a", "hello");
    for (let number = 0; number < 300; number++) {
      log.reaction("a", "👍", { on: false, user: { id: `user${number}`, name: "x" } });
    }
    log.reaction("a", "👍", { user: { id: "user7", name: "x" } });
    await early.record(log.events);
    await early.close();
    const raw = new DatabaseSync(path);
    raw.exec("drop index if exists amendments_shown");
    raw.close();
    const opened = await openSqlite(path);
    const { messages } = await opened.history({ sessionId: log.sessionId, limit: 5 });
    expect(messages).toMatchObject([{ reactions: [{ emoji: "👍", count: 1, users: ["user7"] }] }]);
    await opened.close();
    const database = Database.openToRead(path);
    const plan = database.statements.all<{ detail: string }>(
      `explain query plan ${registersOfTargets}`,
      log.sessionId,
      JSON.stringify([log.id("a")]),
    );
    expect(plan.map(({ detail }) => detail).join("\n")).toMatch(
      /SEARCH amendments USING INDEX amendments_shown \(session_id=\? AND target=\?\)/,
    );
    expect(database.statements.all<{ number: number }>("select count(*) as number from amendments")).toEqual([
      { number: 300 },
    ]);
    await database.close();
  });

  test("messages can be edited however often the search index has been rewritten", async () => {
    const kept = await openSqlite(join(folder, "edited.db"));
    const log = new TestLog();
    for (let number = 1; number <= 300; number++) {
      log.message(`m${number}`, `first words ${number}`);
      if (number > 100) log.edit(`m${(number * 7) % 100}`, `other words ${number}`);
    }
    for (const event of log.events) await kept.record([event]);
    const { messages } = await kept.history({ sessionId: log.sessionId, limit: 300 });
    // Each of the first hundred, but for the one that nobody wrote.
    expect(messages.filter(({ message }) => message.startsWith("other words"))).toHaveLength(99);
    await kept.close();
  });

  test("commits are on the disk, and a file of a later natter is refused", async () => {
    const path = join(folder, "later.db");
    await (await openSqlite(path)).close();
    const raw = new DatabaseSync(path);
    expect(raw.prepare("pragma journal_mode").get()).toMatchObject({ journal_mode: "wal" });
    raw.exec("pragma user_version = 99");
    raw.close();
    await expect(openSqlite(path)).rejects.toThrow(/schema 99/);
  });
});
