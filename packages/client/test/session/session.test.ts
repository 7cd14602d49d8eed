import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createClient, UnauthorizedError } from "../../src/index.ts";
import { FakeServer } from "../../src/testing.ts";
import { missTooMuch } from "../support/missed.ts";
import { openSession, state, texts, turn, useTurnedClock } from "../support/turned-clock.ts";

let server: FakeServer;

useTurnedClock();
beforeEach(() => {
  server = new FakeServer();
});

async function elapse(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe("the connection", () => {
  test("comes back after a break, later each time, and says when", async () => {
    const session = await openSession(server);
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
    const session = await openSession(server);
    server.disconnect();
    await turn();
    server.reconnect();
    session.reconnectNow();
    await turn();
    expect(state(session)).toBe("online");
  });

  test("comes back when a leaving gateway said, not before", async () => {
    const session = await openSession(server);
    server.announceEnd(3_000);
    await turn(1_000);
    server.closeSockets("going_away");
    await turn(1_999);
    expect(state(session)).toBe("reconnecting");
    await turn(1);
    expect(state(session)).toBe("online");
  });

  test("does not come back where it may not", async () => {
    const session = await openSession(server);
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
    const session = await openSession(server, { getToken });
    asked.length = 0;
    server.closeSockets("unauthorized");
    await turn();
    expect(asked[0]).toBe(true);
    expect(state(session)).toBe("online");
    const refused = await openSession(server);
    server.closeSockets("unauthorized");
    await turn(60_000);
    expect(refused.getSnapshot().connection.error).toBeInstanceOf(UnauthorizedError);
  });

  test("notices that the other side is gone without a word", async () => {
    const session = await openSession(server);
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

describe("the machine", () => {
  const page = new EventTarget();
  const machine = { onLine: true };

  beforeEach(() => {
    machine.onLine = true;
    vi.stubGlobal("navigator", machine);
    vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
    for (const method of ["addEventListener", "removeEventListener"] as const)
      vi.stubGlobal(method, page[method].bind(page));
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function say(signal: "online" | "offline"): void {
    machine.onLine = signal === "online";
    page.dispatchEvent(new Event(signal));
  }

  test("says that there is no network, and when there is one again", async () => {
    const session = await openSession(server);
    say("offline");
    await turn(300_000);
    expect(session.getSnapshot().connection).toMatchObject({ state: "offline" });
    expect(server.connections).toBe(0);
    say("online");
    await turn();
    expect(state(session)).toBe("online");
    server.disconnect();
    machine.onLine = false;
    await turn();
    expect(state(session)).toBe("offline");
    session.reconnectNow();
    server.reconnect();
    await turn();
    expect(state(session)).toBe("online");
  });

  test("wakes up: what waits is tried at once, what seems online is asked", async () => {
    const session = await openSession(server);
    server.disconnect();
    await turn(60_000);
    server.reconnect();
    document.dispatchEvent(new Event("visibilitychange"));
    await turn();
    expect(state(session)).toBe("online");
    server.fallSilent();
    document.dispatchEvent(new Event("visibilitychange"));
    await turn(5_000);
    expect(state(session)).toBe("reconnecting");
    session.close();
    page.dispatchEvent(new Event("online"));
    await turn();
    expect(state(session)).toBe("closed");
  });
});

describe("what was missed", () => {
  test("comes after the cursor", async () => {
    const session = await openSession(server);
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

  test("comes page by page to who asks for the next one as soon as one is here", async () => {
    for (const text of ["one", "two", "three", "four"]) server.session("s").say(text);
    await turn();
    const session = await openSession(server, { pageMessages: 2 });
    session.subscribe(() => {
      const { state: pages, hasOlder } = session.getSnapshot().history;
      if (pages === "loaded" && hasOlder) void session.loadOlder();
    });
    await session.loadOlder();
    await turn();
    expect(session.getSnapshot().history).toEqual({ state: "loaded", hasOlder: false, hasNewer: false });
    expect(texts(session).length).toBe(8);
  });

  test("is loaded as a page in place of what was here, if it is too much", async () => {
    const session = await openSession(server, { pageMessages: 2 });
    server.session("s").say("old");
    await turn();
    await missTooMuch(server);
    expect(texts(session)).toEqual(["missed", "You said: missed"]);
    expect(session.getSnapshot().history).toEqual({ state: "loaded", hasOlder: true, hasNewer: false });
    expect(await session.loadOlder()).toBe(false);
    expect(texts(session)).toEqual(["old", "You said: old", "missed", "You said: missed"]);
  });

  test("may be the end of an answer that was being written", async () => {
    server = new FakeServer({ answer: () => undefined });
    const session = await openSession(server, { pageMessages: 1 });
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
    const session = await openSession(server, {
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
    const session = await openSession(server);
    server.fallSilent();
    server.session("s").say("lost");
    await turn();
    server.fallSilent(false);
    server.session("s").say("seen");
    await turn(1_000);
    expect(texts(session)).toEqual(["lost", "You said: lost", "seen", "You said: seen"]);
  });

  test.each([0, 200])(
    "between a page and the socket is not lost, with the page %i ms late",
    async (lateMs) => {
      const { fetch: ask = fetch } = server.clientOptions;
      let asked = 0;
      const session = createClient({
        ...server.clientOptions,
        // The page is asked for first. The socket begins when something has been said in between.
        getToken: async () => {
          if (++asked === 2) await elapse(100);
          return "token";
        },
        fetch: async (...request) => {
          const answer = await ask(...request);
          if (lateMs > 0 && new Request(...request).url.includes("/messages")) await elapse(lateMs);
          return answer;
        },
      }).session("s");
      session.open();
      await turn(50);
      server.session("s").say("in between");
      await turn(5_000);
      expect(session.getSnapshot().history.state).toBe("loaded");
      expect(texts(session)).toEqual(["in between", "You said: in between"]);
    },
  );

  test("is told once, also if the server repeats it", async () => {
    const session = await openSession(server);
    const told: string[] = [];
    session.on("message", ({ text }) => void told.push(text));
    session.on("answer", ({ text }) => void told.push(text));
    server.session("s").say("once");
    await turn();
    for (const event of server.session("s").log) server.session("s").broadcast(event);
    await turn();
    expect(told).toEqual(["once", "You said: once"]);
  });

  test("is loaded without the cursor after a resync", async () => {
    const session = await openSession(server);
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
    const session = await openSession(server);
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
    const session = await openSession(server);
    const reply = session.ask("question");
    const { messageId } = await reply.sent;
    server.session("s").startAnswer(messageId).fail("rate_limited", "no capacity");
    await expect(reply.text()).rejects.toMatchObject({ name: "ReplyError", code: "rate_limited" });
  });

  test("are stopped, overtaking what waits", async () => {
    server = new FakeServer({ answer: () => undefined });
    const session = await openSession(server);
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
    const session = await openSession(server);
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

  test("of a crowd are counted where they are not listed", async () => {
    const session = await openSession(server);
    const room = server.session("s");
    expect(session.getSnapshot().moreUsers).toBe(0);
    room.broadcast({ type: "user_join", user: bob, moreUsers: 4_000 });
    await turn();
    expect(session.getSnapshot().moreUsers).toBe(4_000);
    room.broadcast({ type: "user_leave", user: bob });
    await turn();
    expect(session.getSnapshot().moreUsers).toBe(0);
  });

  test("are told of typing seldom, and of its end", async () => {
    const session = await openSession(server);
    for (let key = 0; key < 50; key++) {
      session.typing();
      await turn(100);
    }
    await turn(10_000);
    const typing = server.received.map((frame) => "isTyping" in frame && frame.isTyping);
    expect(typing).toEqual([true, true, true, false]);
  });

  test("are told how far somebody has read, once, and again if that was lost", async () => {
    const session = await openSession(server);
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
    const own = readMarks[me?.id ?? ""];
    expect(own?.user).toEqual(me);
    expect(session.keyOf(own?.messageId ?? "")).toBe(session.getSnapshot().keys.at(-1));
  });
});

describe("read marks", () => {
  const ann = { id: "ann", name: "Ann" };
  const bob = { id: "bob", name: "Bob" };
  const says = (text: string): string => server.session("s").say(text, ann);
  const reads = (user: typeof ann, messageId: string): number =>
    server.session("s").append({ type: "read_receipt", id: `read-${user.id}-${messageId}`, user, messageId });

  test("are there after a reload, with the names of those who are not", async () => {
    const message = says("hello");
    reads(ann, message);
    const session = await openSession(server);
    expect(session.getSnapshot().readMarks).toEqual({ ann: { user: ann, messageId: message } });
    const { readMarks } = session.getSnapshot();
    reads(bob, message);
    await turn();
    expect(session.getSnapshot().readMarks).toEqual({ ...readMarks, bob: { user: bob, messageId: message } });
  });

  test("only move forward, also if they come while the details are on their way", async () => {
    const [first, second, third] = ["first", "second", "third"].map(says) as [string, string, string];
    reads(ann, second);
    reads(bob, second);
    const session = await openSession(server);
    const shown = () =>
      Object.entries(session.getSnapshot().readMarks).map(([id, mark]) => [id, mark.messageId]);
    reads(ann, first);
    reads(bob, third);
    await turn();
    expect(shown()).toEqual([
      ["bob", third],
      ["ann", second],
    ]);
  });

  test("are gone with a deleted session", async () => {
    reads(ann, says("hello"));
    const session = await openSession(server);
    server.session("s").append({ type: "session_deleted", id: "gone", user: ann });
    await turn();
    expect(session.getSnapshot().readMarks).toEqual({});
  });
});
