import { beforeEach, describe, expect, test, vi } from "vitest";
import { MemoryOutbox } from "../../src/index.ts";
import { FakeServer } from "../../src/testing.ts";
import { openSession, texts, turn, useTurnedClock } from "../support/turned-clock.ts";

let server: FakeServer;

useTurnedClock();
beforeEach(() => {
  server = new FakeServer();
});

describe("what is sent", () => {
  test("resolves when it is stored, and keeps its key from the first moment", async () => {
    const session = await openSession(server);
    const sent = session.send("hello");
    const [key = ""] = session.getSnapshot().keys;
    expect(session.getMessage(key)).toMatchObject({ text: "hello", delivery: "sending", id: undefined });
    const seen: string[] = [];
    session.subscribe(() => seen.push(session.getSnapshot().keys.join()));
    const ack = await sent;
    await turn();
    expect(session.getMessage(key)).toMatchObject({ delivery: "stored", id: ack.messageId, isOwn: true });
    expect(seen.every((keys) => keys.startsWith(key))).toBe(true);
    expect(texts(session)).toEqual(["hello", "You said: hello"]);
    expect(session.getSnapshot().outbox).toEqual({ waiting: 0, failed: 0 });
  });

  test("does not flicker between its ack and its event", async () => {
    server = new FakeServer({ liveDelayMs: 100 });
    const session = await openSession(server);
    await session.send("hello");
    const [key = ""] = session.getSnapshot().keys;
    expect(session.getMessage(key)).toMatchObject({ text: "hello", delivery: "stored" });
    expect(session.getSnapshot().outbox.waiting).toBe(0);
    const shown: (string | undefined)[] = [];
    session.subscribe(() => shown.push(texts(session)[0]));
    await turn(1_000);
    expect(new Set(shown)).toEqual(new Set(["hello"]));
    expect(texts(session)).toEqual(["hello", "You said: hello"]);
  });

  test("waits while there is no connection, and goes out in order", async () => {
    const session = await openSession(server);
    server.disconnect();
    await turn();
    const sent = ["one", "two", "three"].map((text) => session.send(text));
    expect(session.getSnapshot().outbox.waiting).toBe(3);
    expect(texts(session)).toEqual(["one", "two", "three"]);
    server.reconnect();
    await turn(60_000);
    const acks = await Promise.all(sent);
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map(({ seq }) => seq).toSorted((a, b) => a - b));
    expect(server.received.map((frame) => "message" in frame && frame.message)).toEqual([
      "one",
      "two",
      "three",
    ]);
  });

  test("is sent again after a break, said to be so, and stored once", async () => {
    const session = await openSession(server);
    server.fallSilent();
    const sent = session.send("once");
    await turn(1_000);
    server.disconnect();
    server.fallSilent(false);
    server.reconnect();
    await turn(1_000);
    await sent;
    expect(server.received).toMatchObject([{ message: "once", retry: true }]);
    expect(server.session("s").messages.filter(({ type }) => type === "message")).toHaveLength(1);
  });

  test("waits as long as a temporary error says, and what follows waits behind it", async () => {
    const session = await openSession(server);
    server.refuseNext("rate_limited", { temporary: true, retryAfterMs: 4_000 });
    const first = session.send("first");
    const second = session.send("second");
    await turn(3_999);
    expect(server.received).toHaveLength(1);
    await turn(1);
    expect((await first).seq).toBeLessThan((await second).seq);
  });

  test("shows what was refused as failed, sends the rest, and can be tried again or thrown away", async () => {
    const session = await openSession(server);
    server.refuseNext("conflict");
    const refused = session.send("refused");
    const next = session.send("next");
    await expect(refused).rejects.toMatchObject({ code: "conflict", temporary: false });
    await next;
    await turn();
    const failed = session.getSnapshot().keys.at(-1) ?? "";
    expect(session.getMessage(failed)).toMatchObject({ text: "refused", delivery: "failed" });
    expect(session.getSnapshot().outbox).toEqual({ waiting: 0, failed: 1 });
    session.retry(failed);
    await turn();
    expect(texts(session)).toEqual(["next", "You said: next", "refused", "You said: refused"]);
    server.refuseNext("conflict");
    await session.send("again").catch(() => undefined);
    session.discard(session.getSnapshot().keys.at(-1) ?? "");
    expect(texts(session)).toHaveLength(4);
  });

  test("survives a reload with an outbox that does", async () => {
    const outbox = new MemoryOutbox();
    server.disconnect();
    const before = await openSession(server, { outbox });
    void before.send("kept one");
    void before.send("kept two");
    before.close();
    await turn();
    server.reconnect();
    const after = await openSession(server, { outbox });
    await turn(60_000);
    expect(texts(after)).toEqual(["kept one", "You said: kept one", "kept two", "You said: kept two"]);
    expect(await outbox.load("s")).toEqual([]);
  });

  test("goes out after what an earlier process left, also if the outbox is slow", async () => {
    const outbox = new MemoryOutbox();
    server.disconnect();
    const before = await openSession(server, { outbox });
    void before.send("earlier");
    before.close();
    server.reconnect();
    const load = outbox.load.bind(outbox);
    vi.spyOn(outbox, "load").mockImplementation(async (sessionId) => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return load(sessionId);
    });
    const after = await openSession(server, { outbox });
    void after.send("later");
    await turn(1_000);
    expect(server.received).toEqual([]);
    await turn(2_000);
    expect(server.received).toMatchObject([{ message: "earlier" }, { message: "later" }]);
  });

  test("that came while the outbox was being read is not shown twice", async () => {
    const outbox = new MemoryOutbox();
    const before = await openSession(server, { outbox });
    const put = vi.spyOn(outbox, "remove").mockResolvedValue();
    await before.send("stored");
    await turn();
    before.close();
    put.mockRestore();
    const load = outbox.load.bind(outbox);
    vi.spyOn(outbox, "load").mockImplementation(async (sessionId) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return load(sessionId);
    });
    const after = await openSession(server, { outbox });
    const seen = [after.getSnapshot().keys.length];
    after.subscribe(() => seen.push(after.getSnapshot().keys.length));
    await turn(2_000);
    expect(texts(after)).toEqual(["stored", "You said: stored"]);
    expect(Math.max(...seen)).toBe(2);
    expect(await load("s")).toEqual([]);
  });

  test("that was stored long ago is not shown again when its ack comes at last", async () => {
    const outbox = new MemoryOutbox();
    const before = await openSession(server, { outbox });
    await before.send("long ago");
    await turn();
    const { frame, ...entry } = {
      sessionId: "s",
      id: server.received[0]?.type === "message" ? (server.received[0].id ?? "") : "",
      order: 1,
      frame: { type: "message", message: "long ago" } as const,
      createdAt: "2026-01-01T00:00:00Z",
      wasSent: true,
    };
    for (const text of ["a", "b"]) {
      server.session("s").say(text);
      await turn();
    }
    await outbox.put({ ...entry, frame: { ...frame, id: entry.id } });
    server.refuseNext("temporary", { temporary: true, retryAfterMs: 1_000 });
    const after = await openSession(server, { outbox, pageMessages: 2 });
    expect(texts(after)).toEqual(["b", "You said: b", "long ago"]);
    await turn(1_000);
    expect(texts(after)).toEqual(["b", "You said: b"]);
    expect(await outbox.load("s")).toEqual([]);
  });

  test("is taken back by a signal while it waits", async () => {
    const session = await openSession(server);
    server.disconnect();
    await turn();
    const abort = new AbortController();
    const sent = session.send("never mind", { signal: abort.signal });
    abort.abort();
    await expect(sent).rejects.toMatchObject({ name: "AbortError" });
    expect(texts(session)).toEqual([]);
  });

  test("is refused here if it is too large for a frame, or if too much waits", async () => {
    const session = await openSession(server, { outboxEntries: 2 });
    await expect(session.send("x".repeat(70_000))).rejects.toMatchObject({ code: "too_large" });
    session.discard(session.getSnapshot().keys[0] ?? "");
    server.disconnect();
    await turn();
    void session.send("one");
    void session.send("two");
    await expect(session.send("three")).rejects.toMatchObject({ code: "outbox_full" });
  });

  test("changes a message at once, and takes the change back if it is refused", async () => {
    const session = await openSession(server);
    const { messageId } = await session.send("tpyo");
    await turn();
    const key = session.keyOf(messageId) ?? "";
    server.refuseNext("temporary", { temporary: true, retryAfterMs: 1_000 });
    void session.edit(messageId, "typo");
    void session.react(messageId, "🎉", true);
    await turn();
    expect(session.getMessage(key)).toMatchObject({
      text: "typo",
      isChanging: true,
      reactions: [{ emoji: "🎉" }],
    });
    await turn(1_000);
    expect(session.getMessage(key)).toMatchObject({ text: "typo", isChanging: false });
    server.refuseNext("forbidden");
    await expect(session.delete(messageId)).rejects.toMatchObject({ code: "forbidden" });
    expect(session.getMessage(key)).toMatchObject({ text: "typo", isChanging: false });
  });
});
