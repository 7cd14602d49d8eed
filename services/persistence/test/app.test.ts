import { StoreClient } from "@natter/session-log";
import { encodeFrame, limits, rpcVerbs, subjects, type RpcReply, type RpcVerb } from "@natter/protocol";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { uuid, TestLog } from "./support/events.ts";
import { logger, RecordedLog, stream, waitForFloor } from "./support/recorded-log.ts";

type Opened = Awaited<ReturnType<RecordedLog["openLog"]>>;

describe("the persistence service", () => {
  let recorded: RecordedLog;
  let connection: Opened["connection"];
  let log: Opened["log"];
  let client: StoreClient;

  beforeAll(async () => {
    recorded = await RecordedLog.open();
    const app = await startApp();
    recorded.onClose(() => app.stop());
    ({ connection, log } = await recorded.openLog());
    client = new StoreClient(connection);
  });

  afterAll(() => recorded[Symbol.asyncDispose]());

  const startApp = async () => {
    const app = await createApp(
      {
        natsUrl: recorded.server.url,
        instance: "persistence-1",
        stream,
        store: { kind: "sqlite", path: recorded.path },
      },
      logger,
    );
    await app.start();
    return app;
  };

  const appendAll = async (session: TestLog): Promise<number> => {
    let last = 0;
    for (const { event } of session.events) last = await recorded.append(log, session.sessionId, event);
    await waitForFloor(log, last);
    return last;
  };

  const ask = async (verb: RpcVerb, question: Uint8Array): Promise<RpcReply<RpcVerb>> =>
    (await connection.request(subjects.rpc(verb), question, { timeoutMs: 3_000 })).json();

  test("answers every verb, and says up to where each answer is complete", async () => {
    const session = new TestLog();
    const { sessionId } = session;
    session.message("a", "안녕하세요");
    session.update({ title: "인사" });
    const marked = session.message("b", "second");
    session.events[2] = { ...marked, event: { ...marked.event, clientId: uuid(7) } };
    const last = await appendAll(session);
    // The floor is asked for each 200 ms: an answer may be that much behind.
    const history = await (async () => {
      for (;;) {
        const answer = await client.ask("history", { sessionId, limit: 20 });
        if (answer.appliedSeq >= last) return answer;
      }
    })();
    expect(history).toMatchObject({ epoch: log.epoch, appliedSeq: last, hasMore: false, known: true });
    // Of the current epoch: the frames do not repeat it.
    expect(history.messages.map(({ message, epoch }) => [message, epoch])).toEqual([
      ["안녕하세요", undefined],
      ["second", undefined],
    ]);
    const userId = "ann";
    expect(await client.ask("search", { userId, query: "녕하", limit: 5 })).toMatchObject({
      hits: [{ sessionId, title: "인사", message: { message: "안녕하세요" } }],
      truncated: false,
    });
    expect(await client.ask("mark", { userId, sessionId, pinned: true })).toMatchObject({ ok: true });
    expect((await client.ask("sessions", { userId, limit: 5, archived: false })).sessions).toMatchObject([
      { sessionId, pinned: true },
    ]);
    expect((await client.ask("receipt", { eventId: session.id("b") })).receipt).toMatchObject({
      position: { epoch: log.epoch, seq: last },
    });
    expect((await client.ask("receipt", { eventId: "nobody" })).receipt).toBeNull();
    expect((await client.ask("prompts", { sessionId })).prompts).toHaveLength(2);
    expect((await client.ask("earliest_prompt", {})).position).toEqual({ epoch: log.epoch, seq: last - 2 });
    const context = await client.ask("context", { sessionId, messageId: session.id("b"), textBytes: 1_000 });
    expect(context.messages).toHaveLength(2);
    expect(context.details).toEqual({ title: "인사", firstAuthor: "ann" });
    expect((await client.ask("details", { sessionId })).details).toEqual(context.details);
  });

  test("a list of sessions has the latest, and with one more than a page it says where it goes on", async () => {
    const user = { id: "somebody with many sessions", name: "Somebody" };
    const question = { userId: user.id, limit: limits.sessionListEntries + 1, archived: false };
    const sessionIds: string[] = [];
    const say = async (): Promise<void> => {
      const session = new TestLog();
      const { event, sessionId } = session.message("a", "hello", user);
      sessionIds.unshift(sessionId);
      await recorded.append(log, sessionId, event);
    };
    for (let n = 0; n < limits.sessionListEntries; n++) await say();
    await waitForFloor(log, (await log.bounds()).lastSeq);
    const full = await client.ask("sessions", question);
    expect(full.sessions.map(({ sessionId }) => sessionId)).toEqual(sessionIds);
    expect(full).not.toHaveProperty("next");
    await say();
    await waitForFloor(log, (await log.bounds()).lastSeq);
    const { sessions, next } = await client.ask("sessions", question);
    expect(sessions.map(({ sessionId }) => sessionId)).toEqual(sessionIds.slice(0, -1));
    const rest = await client.ask("sessions", { ...question, ...(next && { after: next }) });
    expect(rest.sessions.map(({ sessionId }) => sessionId)).toEqual(sessionIds.slice(-1));
    expect(rest).not.toHaveProperty("next");
  });

  test("answers malformed questions as such, and goes on", async () => {
    const malformed = [
      "",
      "not json",
      "[]",
      "null",
      '{"sessionId":{"$ne":null},"userId":{"$gt":""},"eventId":7,"limit":"x"}',
      '{"sessionId":"a.b","limit":-1,"userId":"","eventId":"\\u0000","query":"x"}',
    ];
    for (const verb of rpcVerbs.filter((name) => name !== "earliest_prompt")) {
      for (const text of malformed) {
        const reply = await ask(verb, Buffer.from(text));
        expect({ verb, text, reply }).toEqual({ verb, text, reply: { ok: false, error: "malformed" } });
      }
    }
    expect(await ask("earliest_prompt", Buffer.from("{}"))).toMatchObject({ ok: true });
  });

  test("gives at most 100 messages, whatever is asked", async () => {
    const session = new TestLog();
    for (let n = 0; n < 120; n++) session.message(`m${n}`);
    await appendAll(session);
    const { sessionId } = session;
    const answer = await client.ask("history", { sessionId, limit: 5_000 });
    expect(answer.messages).toHaveLength(100);
    expect(answer.hasMore).toBe(true);
  });

  test("answers with the largest reply and the longest thought in one message of the broker", async () => {
    const session = new TestLog();
    const { event, ...place } = session.complete("q", "q", "x".repeat(limits.replyTextBytes), "length");
    const reasoning = "y".repeat(limits.replyReasoningBytes);
    session.events[0] = { ...place, event: { ...event, reasoning } as typeof event };
    await appendAll(session);
    const { sessionId } = session;
    const { data } = await connection.request(
      subjects.rpc("history"),
      encodeFrame({ sessionId, limit: 100 }),
      { timeoutMs: 3_000 },
    );
    expect(data.length).toBeLessThan(connection.maxMessageBytes);
    expect(data.length).toBeLessThan(limits.pageBytes);
    const [answer] = (await client.ask("history", { sessionId, limit: 100 })).messages;
    expect(answer).toMatchObject({ reasoning, finishReason: "length" });
  });

  test("says that the store cannot be asked, and answers again afterwards", async () => {
    const question = encodeFrame({ userId: "ann", sessionId: "s", pinned: true });
    const other = new DatabaseSync(recorded.path);
    other.exec("begin immediate");
    expect(await ask("mark", question)).toEqual({ ok: false, error: "unavailable" });
    other.exec("rollback");
    other.close();
    expect(await ask("mark", question)).toMatchObject({ ok: true });
  });

  test("shares the work with a second process, and stops within its deadline", async () => {
    const second = await startApp();
    const session = new TestLog();
    for (let n = 0; n < 50; n++) session.message(`m${n}`);
    await appendAll(session);
    const startedMs = performance.now();
    await second.stop();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const { messages } = await client.ask("history", { sessionId: session.sessionId, limit: 100 });
    expect(messages).toHaveLength(50);
  });
});

describe("the configuration", () => {
  test("chooses the store by its URL", () => {
    expect(readConfig({ STORE_URL: "sqlite:///var/lib/a%20b.db" }).store).toEqual({
      kind: "sqlite",
      path: "/var/lib/a b.db",
    });
    const url = "mongodb+srv://u:p@host/natter";
    expect(readConfig({ MONGODB_URL: url }).store).toEqual({ kind: "mongodb", url });
    expect(readConfig({ STORE_URL: "sqlite:///x.db", MONGODB_URL: url }).store).toMatchObject({
      kind: "sqlite",
    });
    expect(readConfig({ NATTER_DATA_DIR: "/data" }).store).toEqual({
      kind: "sqlite",
      path: "/data/natter.db",
    });
  });

  test("refuses a URL that no store has, without saying what was in it", () => {
    for (const url of ["postgres://secret@x/y", "sqlite:relative", "sqlite://relative.db", "sqlite://"]) {
      expect(() => readConfig({ STORE_URL: url })).toThrow(/^STORE_URL is/);
    }
    expect(() => readConfig({ STORE_URL: "postgres://secret@x/y" })).not.toThrow(/secret/);
  });
});
