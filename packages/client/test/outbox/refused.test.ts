import { beforeEach, describe, expect, test, vi } from "vitest";
import { MemoryOutbox, type Session, type UserMessage } from "../../src/index.ts";
import { FakeServer } from "../../src/testing.ts";
import type { FakeWebSocket } from "../../src/testing/fake-web-socket.ts";
import { openSession, state, texts, turn, useTurnedClock } from "../support/turned-clock.ts";

let server: FakeServer;

useTurnedClock();
beforeEach(() => {
  server = new FakeServer({ answer: () => undefined });
});

function message(session: Session, text: string): UserMessage {
  const { keys } = session.getSnapshot();
  const found = keys.map((key) => session.getMessage(key)).find((shown) => shown?.text === text);
  if (found?.kind !== "message") throw new Error(`nothing says ${text}`);
  return found;
}

function sentTexts(): unknown[] {
  return server.received.map((frame) => "message" in frame && frame.message);
}

async function refuseEdit(options: { outbox?: MemoryOutbox } = {}): Promise<Session> {
  const session = await openSession(server, options);
  const { messageId } = await session.send("before");
  await turn();
  server.refuseNext("forbidden");
  await session.edit(messageId, "after", { reply: true }).catch(() => undefined);
  await turn();
  return session;
}

const tooMuch = "x".repeat(70_000);

describe("a refused message", () => {
  test("is tried again in its place, under its id, and said to be so", async () => {
    const session = await openSession(server);
    server.refuseNext("forbidden");
    await session.send("one").catch(() => undefined);
    const { key, sentAt } = message(session, "one");
    server.fallSilent();
    void session.send("two");
    session.retry(key);
    await turn();
    expect(session.getSnapshot().keys[0]).toBe(key);
    expect(message(session, "one")).toMatchObject({ key, sentAt, delivery: "queued", error: undefined });
    server.disconnect();
    server.fallSilent(false);
    server.reconnect();
    await turn(1_000);
    expect(server.received[0]).not.toHaveProperty("retry");
    expect(server.received[1]).toMatchObject({ id: key, message: "one", retry: true });
    expect(sentTexts()).toEqual(["one", "one", "two"]);
    expect(message(session, "one")).toMatchObject({ key, delivery: "stored" });
  });

  test("stays when it is tried again on a connection that is closed for good, and goes out on the next", async () => {
    const outbox = new MemoryOutbox();
    const session = await openSession(server, { outbox });
    server.refuseNext("forbidden");
    await session.send("kept").catch(() => undefined);
    server.closeSockets("unauthorized");
    await turn();
    expect(state(session)).toBe("closed");
    session.retry(message(session, "kept").key);
    await turn();
    expect(message(session, "kept")).toMatchObject({ delivery: "failed", error: { code: "unauthorized" } });
    expect(await outbox.load("s")).toMatchObject([
      { frame: { message: "kept" }, refusal: { code: "unauthorized" } },
    ]);
    session.open();
    await turn();
    session.retry(message(session, "kept").key);
    await turn();
    expect(sentTexts()).toEqual(["kept", "kept"]);
    expect(message(session, "kept")).toMatchObject({ delivery: "stored" });
    expect(await outbox.load("s")).toEqual([]);
  });

  test("stays when it is tried again in a deleted session", async () => {
    const session = await openSession(server);
    server.refuseNext("forbidden");
    await session.send("kept").catch(() => undefined);
    server.session("s").append({ type: "session_deleted", id: "e", user: { id: "bob", name: "Bob" } });
    await turn();
    session.retry(message(session, "kept").key);
    expect(message(session, "kept")).toMatchObject({ delivery: "failed", error: { code: "closed" } });
  });

  test("gets another id, and keeps its place, if its id belongs to something else", async () => {
    const outbox = new MemoryOutbox();
    const session = await openSession(server, { outbox });
    server.refuseNext("conflict");
    await session.send("one").catch(() => undefined);
    const { key } = message(session, "one");
    server.refuseNext("temporary", { temporary: true });
    void session.send("two");
    await turn();
    const remove = vi.spyOn(outbox, "remove");
    const put = vi.spyOn(outbox, "put");
    session.retry(key);
    await turn();
    const second = message(session, "one").key;
    expect(second).not.toBe(key);
    expect(texts(session)).toEqual(["one", "two"]);
    // At each moment one of the two is kept.
    expect(put.mock.calls[0]?.[0].id).toBe(second);
    expect(remove.mock.calls[0]).toEqual(["s", key]);
    expect(put.mock.invocationCallOrder[0]).toBeLessThan(remove.mock.invocationCallOrder[0] ?? 0);
    await turn(2_000);
    expect(sentTexts()).toEqual(["one", "two", "one", "two"]);
    expect(server.received[2]).not.toHaveProperty("retry");
    expect(await outbox.load("s")).toEqual([]);
  });

  test("is tried again by whoever sends it again under its id", async () => {
    const session = await openSession(server);
    const id = crypto.randomUUID();
    server.refuseNext("forbidden");
    await session.send("one", { id }).catch(() => undefined);
    expect(await session.send("one, corrected", { id })).toMatchObject({ id, duplicate: false });
    expect(sentTexts()).toEqual(["one", "one, corrected"]);
  });

  test("is left alone by a retry of what was not refused", async () => {
    const session = await openSession(server);
    await session.send("stored");
    await turn();
    session.retry(message(session, "stored").key);
    session.retry("nothing");
    await turn();
    expect(sentTexts()).toEqual(["stored"]);
  });
});

describe("a message that cannot even be sent", () => {
  test("is in the timeline as failed if it is too large, through a reload and a retry, until it is discarded", async () => {
    const outbox = new MemoryOutbox();
    const before = await openSession(server, { outbox });
    await expect(before.send(tooMuch)).rejects.toMatchObject({ code: "too_large" });
    before.close();
    const session = await openSession(server, { outbox });
    const { key } = message(session, tooMuch);
    session.retry(key);
    await turn();
    expect(message(session, tooMuch)).toMatchObject({
      key,
      delivery: "failed",
      error: { code: "too_large" },
    });
    expect(session.getSnapshot().outbox).toEqual({ waiting: 0, failed: 1 });
    expect(server.received).toEqual([]);
    session.discard(key);
    await turn();
    expect(session.getSnapshot().keys).toEqual([]);
    expect(await outbox.load("s")).toEqual([]);
  });

  test("is failed, and not sent again, if a connection ended because the frame was too large", async () => {
    const sockets: FakeWebSocket[] = [];
    const webSocket = class extends server.clientOptions.webSocket {
      constructor(url: string | URL, offers?: string | string[]) {
        super(url, offers);
        sockets.push(this as unknown as FakeWebSocket);
      }
    };
    const session = await openSession(server, { webSocket });
    server.fallSilent();
    const sent = session.send("too large for something in between");
    void session.send("small");
    await turn();
    sockets[0]?.end(1009, "");
    server.fallSilent(false);
    await expect(sent).rejects.toMatchObject({ code: "too_large" });
    await turn(1_000);
    expect(sentTexts()).toEqual(["small"]);
    expect(session.getSnapshot().outbox).toEqual({ waiting: 0, failed: 1 });
  });

  test("is in the timeline as failed if the connection is closed for good", async () => {
    const session = await openSession(server);
    server.closeSockets("forbidden");
    await turn();
    await expect(session.send("kept")).rejects.toMatchObject({ code: "forbidden" });
    expect(message(session, "kept")).toMatchObject({ delivery: "failed", error: { code: "forbidden" } });
    session.open();
    await turn();
    session.retry(message(session, "kept").key);
    await turn();
    expect(message(session, "kept")).toMatchObject({ delivery: "stored" });
  });

  test("leaves nothing behind if nobody wrote it", async () => {
    const session = await openSession(server);
    const { messageId } = await session.send("hello");
    await turn();
    server.closeSockets("forbidden");
    await turn();
    await expect(session.react(messageId, "🎉", true)).rejects.toMatchObject({ code: "forbidden" });
    await expect(session.delete(messageId)).rejects.toMatchObject({ code: "forbidden" });
    void session.stop("another.answer");
    await expect(session.stop("some.answer")).rejects.toMatchObject({ code: "forbidden" });
    expect(session.getSnapshot().outbox).toEqual({ waiting: 0, failed: 0 });
    expect(message(session, "hello")).toMatchObject({ isChanging: false, reactions: [] });
  });
});

describe("a refused edit", () => {
  test("can be read beside the message, through a reload, and is tried again", async () => {
    const outbox = new MemoryOutbox();
    (await refuseEdit({ outbox })).close();
    const session = await openSession(server, { outbox });
    const { refusedEdit, ...shown } = message(session, "before");
    expect(shown).toMatchObject({ isChanging: false, delivery: "stored" });
    expect(refusedEdit).toMatchObject({ text: "after", error: { code: "forbidden" } });
    expect(session.getSnapshot().outbox).toEqual({ waiting: 0, failed: 1 });
    session.retry(refusedEdit?.key ?? "");
    await turn();
    expect(server.received.at(-1)).toMatchObject({
      type: "edit",
      message: "after",
      reply: true,
      retry: true,
    });
    expect(message(session, "after")).toMatchObject({ refusedEdit: undefined, isChanging: false });
    expect(await outbox.load("s")).toEqual([]);
  });

  test("is discarded when somebody says so", async () => {
    const session = await refuseEdit();
    session.discard(message(session, "before").refusedEdit?.key ?? "");
    expect(message(session, "before")).toMatchObject({ refusedEdit: undefined });
    expect(session.getSnapshot().outbox).toEqual({ waiting: 0, failed: 0 });
  });

  test("makes way for the next edit of the message, and no other", async () => {
    const outbox = new MemoryOutbox();
    const session = await refuseEdit({ outbox });
    const other = await session.send("other");
    await turn();
    await session.edit(other.messageId, "changed");
    await turn();
    expect(message(session, "before")).toMatchObject({ refusedEdit: { text: "after" } });
    await session.edit(message(session, "before").id ?? "", "at last");
    await turn();
    expect(message(session, "at last")).toMatchObject({ refusedEdit: undefined });
    expect(await outbox.load("s")).toEqual([]);
  });

  test("is kept if it is too large, or the connection is closed for good", async () => {
    const session = await openSession(server);
    const { messageId } = await session.send("before");
    await turn();
    await expect(session.edit(messageId, tooMuch)).rejects.toMatchObject({ code: "too_large" });
    expect(message(session, "before")).toMatchObject({ refusedEdit: { text: tooMuch } });
    server.closeSockets("forbidden");
    await turn();
    await expect(session.edit(messageId, "after")).rejects.toMatchObject({ code: "forbidden" });
    expect(message(session, "before")).toMatchObject({ refusedEdit: { text: "after" } });
  });
});

describe("what waits when the session is deleted", () => {
  test("is not sent into a session that begins under the same id, and says why, also after a reload", async () => {
    const outbox = new MemoryOutbox();
    const session = await openSession(server, { outbox });
    await session.send("before");
    await turn();
    server.disconnect();
    await turn();
    const [waiting, reaction] = [session.send("written offline"), session.react("m", "👍", true)];
    server.session("s").append({ type: "session_deleted", id: "gone", user: { id: "bob", name: "Bob" } });
    server.reconnect();
    await turn(60_000);
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
    await expect(reaction).rejects.toMatchObject({ code: "closed" });
    expect(session.getSnapshot()).toMatchObject({ isDeleted: true, outbox: { waiting: 0, failed: 1 } });
    expect(message(session, "written offline")).toMatchObject({
      delivery: "failed",
      error: { code: "closed", message: "Closed for good: 4504 session_deleted" },
    });
    const again = await openSession(server, { outbox });
    await turn(60_000);
    expect(sentTexts()).toEqual(["before"]);
    expect(message(again, "written offline")).toMatchObject({
      delivery: "failed",
      error: { code: "closed" },
    });
    again.retry(message(again, "written offline").key);
    await turn();
    expect(sentTexts()).toEqual(["before", "written offline"]);
  });

  test("is refused live, too", async () => {
    const session = await openSession(server);
    server.fallSilent();
    const sent = session.send("on the wire");
    server.fallSilent(false);
    server.session("s").append({ type: "session_deleted", id: "gone", user: { id: "bob", name: "Bob" } });
    await expect(sent).rejects.toMatchObject({ code: "closed" });
    expect(message(session, "on the wire")).toMatchObject({ delivery: "failed" });
  });
});
