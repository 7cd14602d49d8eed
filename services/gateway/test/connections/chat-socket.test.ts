import { closeCodes, limits, messageOf, subjects, timings } from "@natter/protocol";
import { guestTokenOf } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { youngId } from "../support/client-ids.ts";
import { newSession, waitFor, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

test("a socket - is told first who it is, where it is and what it may do", async () => {
  const client = world.client("first-frame", "name=Ann");
  const frame = await client.next("connection");
  expect(client.frames[0]).toBe(frame);
  expect(frame).toEqual({
    type: "connection",
    message: "connected",
    sessionId: "first-frame",
    user: { id: expect.stringMatching(/^guest-[A-Za-z0-9_-]{20}$/), name: "Ann" },
    guestToken: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
    users: [frame.user],
    cursor: expect.stringMatching(new RegExp(`^${world.log.epoch}\\.\\d+$`)),
    recovered: false,
    replies: [],
    limits: { frameBytes: limits.clientFrameBytes, pendingFrames: limits.pendingFrames },
    heartbeatMs: timings.heartbeatMs,
  });
});

test("a socket - needs nothing but a message: no type, no id, and gets no ack for it", async () => {
  const client = await world.join(newSession());
  client.sendRaw('{"message":"hi"}');
  const frame = await client.next("message");
  expect(frame).toMatchObject({ message: "hi", is_user: true, user: { name: "Guest" } });
  await client.roundTrip();
  expect(client.of("ack")).toEqual([]);
  expect(frame).not.toHaveProperty("clientId");
});

test.each(["/ws/chat/slash", "/ws/chat/slash/", "/ws/chat/slash/?name=A", "/ws/chat/slash?name=A"])(
  "a socket - is served at %s",
  async (path) => {
    const socket = new WebSocket(world.gateway.url.replace("http", "ws") + path);
    const first = await new Promise<string>((resolve) =>
      socket.addEventListener("message", ({ data }) => resolve(String(data)), { once: true }),
    );
    expect(JSON.parse(first)).toMatchObject({ type: "connection", sessionId: "slash" });
    socket.close();
  },
);

test("a socket - gets its ack when the event is in the log, and with it the event's id and place", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  client.send({ type: "message", id: youngId(), message: "hi" });
  const ack = await client.next("ack");
  const stored = await world.log.last(sessionId);
  expect(ack.seq).toBe(stored?.seq);
  expect((await world.events(sessionId))[0]).toMatchObject({
    id: ack.messageId,
    message: "hi",
    clientId: ack.id,
  });
});

test("a socket - has its frames stored in the order of sending", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const texts = Array.from({ length: 150 }, (_, n) => `text ${n}`);
  for (const message of texts) client.send({ message, id: youngId() });
  await waitFor(() => client.of("ack").length === texts.length, { what: "every ack" });
  await waitFor(() => client.of("message").length === texts.length, { what: "every message" });
  expect(client.of("message").map(({ message }) => message)).toEqual(texts);
  const seqs = client.of("ack").map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
});

test("a socket - may speak before it is told that it is connected", async () => {
  const client = world.client(newSession());
  const opened = waitFor(() => client.isOpen, { what: "an open socket" });
  await opened;
  client.send({ message: "early", id: youngId() });
  await client.next("ack");
  expect(client.frames.map(({ type }) => type).indexOf("connection")).toBe(0);
});

test("a socket - gets a pong for a ping", async () => {
  const client = await world.join(newSession());
  await client.roundTrip();
  expect(client.frames.at(-1)).toEqual({ type: "pong" });
});

test("every intent - becomes its event, with what the frame said", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  client.send({ message: "hi", id: youngId() });
  const { messageId = "" } = await client.next("ack");
  const attachment = { id: "a1", name: "a.png", mimeType: "image/png", sizeBytes: 3 };
  const intents = [
    [
      { message: "see", attachments: [attachment], replyTo: messageId },
      { type: "message", attachments: [attachment], replyTo: messageId },
    ],
    [
      { type: "edit", messageId, message: "ho" },
      { type: "message_edited", messageId, message: "ho" },
    ],
    [
      { type: "edit", messageId, message: "ho!", reply: true },
      { type: "message_edited", reply: true },
    ],
    [
      { type: "reaction", messageId, emoji: "👍", on: true },
      { type: "reaction", messageId, emoji: "👍", on: true },
    ],
    [
      { type: "regenerate", messageId },
      { type: "regenerate_requested", messageId },
    ],
    [
      { type: "stop", messageId: `${messageId}.${messageId}` },
      { type: "stop_requested", messageId: `${messageId}.${messageId}` },
    ],
    [
      { type: "read_receipt", messageId },
      { type: "read_receipt", messageId },
    ],
    [
      { type: "delete", messageId },
      { type: "message_deleted", messageId },
    ],
  ] as const;
  for (const [frame, event] of intents) {
    client.send({ ...frame, id: youngId() });
    const ack = await client.next("ack");
    expect((await world.events(sessionId)).at(-1)).toMatchObject({ ...event, id: ack.messageId });
  }
});

test("every intent - that withdraws a prompt is said to the workers, too", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const heard: string[] = [];
  world.connection.subscribe(subjects.control(sessionId), (message) => heard.push(message.string()));
  await world.connection.flush();
  client.send({ message: "hi", id: youngId() });
  const { messageId } = await client.next("ack");
  client.send({ type: "reaction", messageId, emoji: "👀", on: true, id: youngId() });
  await client.next("ack");
  client.send({ type: "stop", messageId, id: youngId() });
  const { seq } = await client.next("ack");
  await waitFor(() => heard.length > 0, { what: "the wake-up" });
  expect(heard).toEqual([JSON.stringify({ seq })]);
});

test("typing - goes to everybody in the session and into no log", async () => {
  const sessionId = newSession();
  const [ann, ben] = [await world.join(sessionId, "name=Ann"), await world.join(sessionId)];
  ann.send({ type: "typing", isTyping: true });
  expect(await ben.next("typing")).toMatchObject({ user: { name: "Ann" }, isTyping: true });
  expect(await world.log.last(sessionId)).toBeUndefined();
});

test("typing - is passed on once a second, however often it is said, and its last word is", async () => {
  const sessionId = newSession();
  const [ann, ben] = [await world.join(sessionId, "name=Ann"), await world.join(sessionId)];
  const begun = performance.now();
  for (let n = 0; n < 2_000; n++) ann.send({ type: "typing", isTyping: n % 2 === 0 });
  await ann.roundTrip();
  await waitFor(() => ben.of("typing").at(-1)?.isTyping === false, { what: "the last word" });
  const seconds = (performance.now() - begun) / timings.typingMs;
  expect(ben.of("typing").length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  expect(ben.of("typing")[0]?.isTyping).toBe(true);
});

test("typing - is passed on once a second from a client without a socket, too", async () => {
  const sessionId = newSession();
  const ben = await world.join(sessionId);
  const cookie = `natter_guest=${guestTokenOf("typist")}`;
  const begun = performance.now();
  const say = async (isTyping: boolean): Promise<number> =>
    (
      await world.get(`/api/sessions/${sessionId}/frames`, {
        method: "POST",
        headers: { cookie, "content-type": "application/json" },
        body: JSON.stringify({ type: "typing", isTyping }),
      })
    ).status;
  for (let n = 0; n < 100; n++) expect(await say(true)).toBe(204);
  expect(await say(false)).toBe(204);
  await waitFor(() => ben.of("typing").at(-1)?.isTyping === false, { what: "the last word" });
  const seconds = (performance.now() - begun) / timings.typingMs;
  expect(ben.of("typing").length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
});

test("typing - that goes on is said again each second", async () => {
  const sessionId = newSession();
  const [ann, ben] = [await world.join(sessionId, "name=Ann"), await world.join(sessionId)];
  const timer = setInterval(() => ann.send({ type: "typing", isTyping: true }), timings.typingMs / 5);
  await waitFor(() => ben.of("typing").length === 3, { what: "three words" });
  clearInterval(timer);
  expect(ben.of("typing").every(({ isTyping }) => isTyping)).toBe(true);
});

test.each(["edit", "delete"])("rights - forbid to %s another's message, or the model's", async (type) => {
  const sessionId = newSession();
  const [ann, ben] = [await world.join(sessionId), await world.join(sessionId)];
  ann.send({ message: "mine", id: youngId() });
  const { messageId = "" } = await ann.next("ack");
  for (const target of [messageId, `${messageId}.${messageId}`, "nobody", messageOf(messageId).slice(0, 8)]) {
    const id = youngId();
    ben.send({ type, messageId: target, id, ...(type === "edit" ? { message: "x" } : {}) });
    expect(await ben.next("error")).toMatchObject({ code: "forbidden", id, temporary: false });
  }
  expect(await world.events(sessionId)).toHaveLength(1);
});

test("rights - are the guest's, who is known by a cookie or by `guest`", async () => {
  const sessionId = newSession();
  const first = world.client(sessionId);
  const { user, guestToken } = await first.next("connection");
  const again = world.client(sessionId, `guest=${guestToken}&name=Other`);
  expect((await again.next("connection")).user).toEqual({ id: user.id, name: "Other" });
  const page = `/api/sessions/${sessionId}/messages`;
  const cookie = { headers: { cookie: `natter_guest=${guestToken}` } };
  expect((await world.get(page, cookie)).headers.get("set-cookie")).toBeNull();
  expect((await world.get(page)).headers.get("set-cookie")).toMatch(
    /^natter_guest=[^;]{32}; Path=\/; .*HttpOnly/,
  );
});

test("read marks - are stored at most once in 2 s, and each is answered when one that includes it is", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const ids = Array.from({ length: 10 }, youngId);
  const begun = performance.now();
  for (const [n, id] of ids.entries()) client.send({ type: "read_receipt", messageId: `m${n}`, id });
  await waitFor(() => client.of("ack").length === ids.length, { what: "an ack for each" });
  expect(performance.now() - begun).toBeGreaterThan(timings.readMarkMs - 100);
  const marks = await world.events(sessionId);
  expect(marks.map((mark) => ("messageId" in mark ? mark.messageId : ""))).toEqual(["m0", "m9"]);
  expect(client.of("ack").map(({ id }) => id)).toEqual(ids);
  expect(new Set(client.of("ack").map(({ seq }) => seq)).size).toBe(2);
});

test("a deleted session - ends its sockets for good", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  await world.append(sessionId, {
    type: "session_deleted",
    id: "d",
    user: { id: "u", name: "U" },
    sentAt: "2026-01-01T00:00:00.000Z",
  });
  await client.next("session_deleted");
  expect(await client.closed()).toEqual({
    code: closeCodes.session_deleted.code,
    reason: "session_deleted",
  });
});
