/** A session against a server in memory, with a clock that is turned by hand. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  createClient,
  MemoryOutbox,
  UnauthorizedError,
  type ClientOptions,
  type ConnectionState,
  type Session,
} from "../src/index.ts";
import { FakeServer } from "../src/testing.ts";

let server: FakeServer;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z") });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  server = new FakeServer();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function turn(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

async function open(options: ClientOptions = {}, id = "s"): Promise<Session> {
  const session = createClient({ ...server.clientOptions, name: "Ann", ...options }).session(id);
  session.open();
  await turn();
  return session;
}

function state(session: Session): ConnectionState {
  return session.getSnapshot().connection.state;
}

function texts(session: Session): (string | undefined)[] {
  return session.getSnapshot().keys.map((key) => session.getMessage(key)?.text);
}

describe("the connection", () => {
  test("comes back after a break, later each time, and says when", async () => {
    const session = await open();
    const states: string[] = [];
    session.on("connection", (connection) => states.push(connection.state));
    server.disconnect();
    await turn();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      const wait = (session.getSnapshot().connection.nextAttemptAt ?? 0) - Date.now();
      waits.push(wait);
      await turn(wait);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    expect(session.getSnapshot().connection).toMatchObject({ state: "reconnecting", failedAttempts: 9 });
    server.reconnect();
    await turn(15_000);
    expect(session.getSnapshot().connection).toMatchObject({ state: "online", failedAttempts: 0 });
    expect(new Set(states)).toEqual(new Set(["reconnecting", "online"]));
  });

  test("is tried at once when somebody asks", async () => {
    const session = await open();
    server.disconnect();
    await turn();
    server.reconnect();
    session.reconnectNow();
    await turn();
    expect(state(session)).toBe("online");
  });

  test("comes back when a leaving gateway said, not before", async () => {
    const session = await open();
    server.announceEnd(3_000);
    await turn(1_000);
    server.closeSockets("going_away");
    await turn(1_999);
    expect(state(session)).toBe("reconnecting");
    await turn(1);
    expect(state(session)).toBe("online");
  });

  test("does not come back where it may not", async () => {
    const session = await open();
    server.closeSockets("forbidden");
    await turn(60_000);
    expect(session.getSnapshot().connection).toMatchObject({
      state: "closed",
      error: { code: "forbidden", temporary: false },
    });
    await expect(session.send("more")).rejects.toMatchObject({ code: "forbidden" });
    await expect(session.ready()).rejects.toMatchObject({ code: "forbidden" });
  });

  test("asks for a new token once when the old one is refused", async () => {
    const asked: boolean[] = [];
    const getToken = ({ refresh }: { refresh: boolean }): string => {
      asked.push(refresh);
      return "token";
    };
    const session = await open({ getToken });
    asked.length = 0;
    server.closeSockets("unauthorized");
    await turn();
    expect(asked[0]).toBe(true);
    expect(state(session)).toBe("online");
    const refused = await open();
    server.closeSockets("unauthorized");
    await turn(60_000);
    expect(refused.getSnapshot().connection.error).toBeInstanceOf(UnauthorizedError);
  });

  test("notices that the other side is gone without a word", async () => {
    const session = await open();
    server.fallSilent();
    await turn(25_000 + 9_000);
    expect(state(session)).toBe("online");
    await turn(1_000);
    expect(state(session)).toBe("reconnecting");
    server.fallSilent(false);
    await turn(250);
    expect(state(session)).toBe("online");
    await turn(300_000);
    expect(state(session)).toBe("online");
  });

  test("stays a moment longer than the last component that needs it", async () => {
    const session = createClient(server.clientOptions).session("s");
    const first = session.retain();
    await turn();
    first();
    const second = session.retain();
    await turn(5_000);
    expect(state(session)).toBe("online");
    second();
    second();
    await turn(1_000);
    expect(state(session)).toBe("closed");
    expect(server.connections).toBe(0);
  });
});

describe("what is sent", () => {
  test("resolves when it is stored, and keeps its key from the first moment", async () => {
    const session = await open();
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

  test("waits while there is no connection, and goes out in order", async () => {
    const session = await open();
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
    const session = await open();
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
    const session = await open();
    server.refuseNext("rate_limited", { temporary: true, retryAfterMs: 4_000 });
    const first = session.send("first");
    const second = session.send("second");
    await turn(3_999);
    expect(server.received).toHaveLength(1);
    await turn(1);
    expect((await first).seq).toBeLessThan((await second).seq);
  });

  test("shows what was refused as failed, sends the rest, and can be tried again or thrown away", async () => {
    const session = await open();
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
    const before = await open({ outbox });
    void before.send("kept one");
    void before.send("kept two");
    before.close();
    await turn();
    server.reconnect();
    const after = await open({ outbox });
    await turn(60_000);
    expect(texts(after)).toEqual(["kept one", "You said: kept one", "kept two", "You said: kept two"]);
    expect(await outbox.load("s")).toEqual([]);
  });

  test("that was stored long ago is not shown again when its ack comes at last", async () => {
    const outbox = new MemoryOutbox();
    const before = await open({ outbox });
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
    const after = await open({ outbox, pageMessages: 2 });
    await turn();
    expect(texts(after)).toEqual(["b", "You said: b"]);
    expect(await outbox.load("s")).toEqual([]);
  });

  test("is taken back by a signal while it waits", async () => {
    const session = await open();
    server.disconnect();
    await turn();
    const abort = new AbortController();
    const sent = session.send("never mind", { signal: abort.signal });
    abort.abort();
    await expect(sent).rejects.toMatchObject({ name: "AbortError" });
    expect(texts(session)).toEqual([]);
  });

  test("is refused here if it is too large for a frame, or if too much waits", async () => {
    const session = await open({ outboxEntries: 2 });
    await expect(session.send("x".repeat(70_000))).rejects.toMatchObject({ code: "too_large" });
    server.disconnect();
    await turn();
    void session.send("one");
    void session.send("two");
    await expect(session.send("three")).rejects.toMatchObject({ code: "outbox_full" });
  });

  test("changes a message at once, and takes the change back if it is refused", async () => {
    const session = await open();
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

describe("what was missed", () => {
  test("comes after the cursor", async () => {
    const session = await open();
    const recovered: boolean[] = [];
    session.on("recovered", (isRecovered) => recovered.push(isRecovered));
    server.disconnect();
    await turn();
    server.session("s").say("missed");
    server.reconnect();
    await turn(60_000);
    expect(texts(session)).toEqual(["missed", "You said: missed"]);
    expect(recovered).toEqual([true]);
  });

  test("is loaded as a page in place of what was here, if it is too much", async () => {
    const session = await open({ pageMessages: 2 });
    server.session("s").say("old");
    await turn();
    server.disconnect();
    await turn();
    server.session("s").say("missed");
    await turn();
    server.session("s").forgetCursors();
    server.reconnect();
    await turn(60_000);
    expect(texts(session)).toEqual(["missed", "You said: missed"]);
    expect(session.getSnapshot().history).toEqual({ state: "loaded", hasOlder: true });
    expect(await session.loadOlder()).toBe(false);
    expect(texts(session)).toEqual(["old", "You said: old", "missed", "You said: missed"]);
  });

  test("may be the end of an answer that was being written", async () => {
    server = new FakeServer({ answer: () => undefined });
    const session = await open({ pageMessages: 1 });
    const room = server.session("s");
    const reply = room.startAnswer(room.say("question"));
    reply.write("half");
    await turn();
    expect(session.getSnapshot().running).toEqual([reply.id]);
    server.disconnect();
    await turn();
    reply.end();
    room.startAnswer(room.say("another")).end();
    room.forgetCursors();
    server.reconnect();
    await turn(60_000);
    expect(session.getSnapshot().running).toEqual([]);
    expect(texts(session)).toEqual([""]);
  });

  test("is loaded again and again while the history is away", async () => {
    const { fetch: ask = fetch } = server.clientOptions;
    let failures = 3;
    const session = await open({
      fetch: (input, init) =>
        new Request(input).url.includes("/messages") && failures-- > 0
          ? Promise.resolve(new Response("bad gateway", { status: 502 }))
          : ask(input, init),
    });
    expect(session.getSnapshot().history).toMatchObject({
      state: "failed",
      error: { temporary: true, status: 502 },
    });
    server.session("s").say("live meanwhile");
    await turn();
    expect(texts(session)).toEqual(["live meanwhile", "You said: live meanwhile"]);
    await turn(10_000);
    expect(session.getSnapshot().history.state).toBe("loaded");
    expect(texts(session)).toEqual(["live meanwhile", "You said: live meanwhile"]);
  });

  test("is asked for when a frame shows that one before it is missing", async () => {
    const session = await open();
    server.fallSilent();
    server.session("s").say("lost");
    await turn();
    server.fallSilent(false);
    server.session("s").say("seen");
    await turn(1_000);
    expect(texts(session)).toEqual(["lost", "You said: lost", "seen", "You said: seen"]);
  });

  test("is loaded without the cursor after a resync", async () => {
    const session = await open();
    server.session("s").say("one");
    await turn();
    server.closeSockets("resync");
    server.session("s").say("two");
    await turn(1_000);
    expect(texts(session)).toEqual(["one", "You said: one", "two", "You said: two"]);
  });
});

describe("answers", () => {
  test("are given back as they are written, to whoever asks", async () => {
    server = new FakeServer({ answer: () => undefined });
    const session = await open();
    const reply = session.ask("question");
    const { messageId } = await reply.sent;
    const steps: (string | undefined)[] = [];
    const whole = reply.text();
    const iterated = (async () => {
      for await (const { delta } of reply) steps.push(delta);
    })();
    const answer = server.session("s").startAnswer(messageId);
    for (const word of ["a ", "b "]) {
      answer.write(word);
      await turn();
    }
    answer.restart();
    answer.write("new");
    await turn();
    answer.end();
    await iterated;
    expect(steps).toEqual(["a ", "b ", undefined]);
    expect(await whole).toBe("new");
  });

  test("that fail reject with what the model's worker said", async () => {
    server = new FakeServer({ answer: () => undefined });
    const session = await open();
    const reply = session.ask("question");
    const { messageId } = await reply.sent;
    server.session("s").startAnswer(messageId).fail("rate_limited", "no capacity");
    await expect(reply.text()).rejects.toMatchObject({ name: "ReplyError", code: "rate_limited" });
  });

  test("are stopped, overtaking what waits", async () => {
    server = new FakeServer({ answer: () => undefined });
    const session = await open();
    const reply = session.ask("question");
    const { messageId } = await reply.sent;
    server.session("s").startAnswer(messageId).write("half");
    await turn();
    server.refuseNext("temporary", { temporary: true, retryAfterMs: 10_000 });
    void session.send("waits");
    await turn();
    await session.stop();
    expect(await reply.text()).toBe("half");
    expect(session.getSnapshot().running).toEqual([]);
  });
});

describe("the others", () => {
  const bob = { id: "bob", name: "Bob" };

  test("come, type and go", async () => {
    const session = await open();
    const room = server.session("s");
    room.broadcast({ type: "user_join", user: bob });
    room.broadcast({ type: "typing", user: bob, isTyping: true });
    await turn();
    expect(session.getSnapshot().users.map(({ name }) => name)).toEqual(["Ann", "Bob"]);
    expect(session.getSnapshot().typing).toEqual([bob]);
    await turn(5_000);
    expect(session.getSnapshot().typing).toEqual([]);
    room.broadcast({ type: "user_leave", user: bob });
    await turn();
    expect(session.getSnapshot().users).toHaveLength(1);
  });

  test("are told of typing seldom, and of its end", async () => {
    const session = await open();
    for (let key = 0; key < 50; key++) {
      session.typing();
      await turn(100);
    }
    await turn(10_000);
    const typing = server.received.map((frame) => "isTyping" in frame && frame.isTyping);
    expect(typing).toEqual([true, true, true, false]);
  });

  test("are told how far somebody has read, once, and again if that was lost", async () => {
    const session = await open();
    await session.send("hello");
    await turn();
    server.received.length = 0;
    server.fallSilent();
    session.markRead();
    session.markRead();
    await turn();
    server.disconnect();
    server.fallSilent(false);
    server.reconnect();
    await turn(1_000);
    expect(server.received).toMatchObject([{ type: "read_receipt" }]);
    const { readMarks, me } = session.getSnapshot();
    expect(session.keyOf(readMarks[me?.id ?? ""] ?? "")).toBe(session.getSnapshot().keys.at(-1));
  });
});
