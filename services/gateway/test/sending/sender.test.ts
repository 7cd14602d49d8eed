import { operatorOf } from "@natter/session-log/testing";
import { randomUUID } from "node:crypto";
import { bodyHashOf } from "@natter/session-log";
import { closeCodes, streamName, type LogEvent, type RpcReply } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSession, waitFor, World } from "../support/world.ts";
import { youngId } from "../support/client-ids.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

test("a frame that is sent again - gets the first ack again", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const frame = { message: "hi", id: youngId() };
  client.send(frame);
  const first = await client.next("ack");
  client.send(frame);
  expect(await client.next("ack")).toEqual({ ...first, duplicate: true });
  expect(await world.events(sessionId)).toHaveLength(1);
  await client.roundTrip();
  expect(client.of("message")).toHaveLength(1);
});

test("a frame that is sent again - is one message, also through two gateways at the same moment", async () => {
  const sessionId = newSession();
  const other = await world.anotherGateway();
  const client = world.client(sessionId);
  const { guestToken } = await client.next("connection");
  const again = await world.join(sessionId, `guest=${guestToken}`, other);
  const frames = Array.from({ length: 30 }, (_, n) => ({ message: `${n}`, id: youngId() }));
  for (const frame of frames) for (const socket of [client, again]) socket.send(frame);
  const acks = await waitFor(
    () =>
      client.of("ack").length === 30 && again.of("ack").length === 30 && [client.of("ack"), again.of("ack")],
    { what: "every ack on both sockets" },
  );
  expect(acks[0]?.map(({ seq }) => seq)).toEqual(acks[1]?.map(({ seq }) => seq));
  expect(await world.events(sessionId)).toHaveLength(30);
  await waitFor(() => client.of("message").length === 30 && again.of("message").length === 30, {
    what: "all live",
  });
  expect(client.of("message")).toEqual(again.of("message"));
});

test("a frame that is sent again - with another content is a conflict, and changes nothing", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const id = youngId();
  client.send({ message: "hi", id });
  await client.next("ack");
  client.send({ message: "ho", id });
  expect(await client.next("error")).toMatchObject({ code: "conflict", id, temporary: false });
  expect(await world.events(sessionId)).toHaveLength(1);
});

test("a frame that is sent again - by another user is another message", async () => {
  const sessionId = newSession();
  const [ann, ben] = [await world.join(sessionId), await world.join(sessionId)];
  const frame = { message: "hi", id: youngId() };
  ann.send(frame);
  ben.send(frame);
  expect((await ann.next("ack")).messageId).not.toBe((await ben.next("ack")).messageId);
});

test("a frame that is sent again - without an id is another message", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  for (let n = 0; n < 2; n++) client.send({ message: "hi" });
  await waitFor(() => client.of("message").length === 2, { what: "both" });
  expect(await world.events(sessionId)).toHaveLength(2);
});

/** Ids that the broker alone cannot vouch for. */
const lookedUp = [
  ["a UUIDv4", () => ({ message: "hi", id: randomUUID() })],
  ["`retry: true`", () => ({ message: "hi", id: youngId(), retry: true })],
  ["a UUIDv7 of long ago", () => ({ message: "hi", id: "0190a000-0000-7000-8000-000000000000" })],
  ["a UUIDv7 of tomorrow", () => ({ message: "hi", id: `ffffffff-ffff-7${youngId().slice(15)}` })],
] as const;

test.each(lookedUp)(
  "a frame with %s - is temporarily refused while the store is away, and the socket stays",
  async (_what, frameOf) => {
    const sessionId = newSession();
    const client = await world.join(sessionId);
    const frame = frameOf();
    client.send(frame);
    expect(await client.next("error")).toMatchObject({
      code: "temporary",
      id: frame.id,
      temporary: true,
      retryAfterMs: 1_000,
    });
    await client.roundTrip();
    expect(await world.events(sessionId)).toEqual([]);
  },
);

test.each(lookedUp)(
  "a frame with %s - is stored once the store knows no receipt, and a repeat is found in the log",
  async (_what, frameOf) => {
    const sessionId = newSession();
    const client = await world.join(sessionId);
    const stop = await world.answerRpc("receipt", () => receipt(null));
    const frame = frameOf();
    client.send(frame);
    const first = await client.next("ack");
    expect(first).not.toHaveProperty("duplicate");
    client.send({ ...frame, retry: true });
    expect(await client.next("ack")).toEqual({ ...first, duplicate: true });
    client.send({ ...frame, retry: true, message: "other" });
    expect(await client.next("error")).toMatchObject({ code: "conflict", id: frame.id });
    stop();
    expect(await world.events(sessionId)).toHaveLength(1);
  },
);

test.each(lookedUp)(
  "a frame with %s - is answered from its receipt if the log holds it no more",
  async (_what, frameOf) => {
    const sessionId = newSession();
    const client = await world.join(sessionId);
    const event = {
      type: "message",
      id: "x",
      user: { id: "u", name: "U" },
      sentAt: "",
      message: "hi",
      is_user: true,
    } as const;
    const known = { position: { epoch: "1-0", seq: 77 }, bodyHash: bodyHashOf(event satisfies LogEvent) };
    const stop = await world.answerRpc("receipt", () => receipt(known));
    const frame = frameOf();
    client.send(frame);
    expect(await client.next("ack")).toMatchObject({ id: frame.id, seq: 77, duplicate: true });
    client.send({ ...frame, message: "other" });
    expect(await client.next("error")).toMatchObject({ code: "conflict", id: frame.id });
    stop();
    expect(await world.events(sessionId)).toEqual([]);
  },
);

function receipt(
  found: { position: { epoch: string; seq: number }; bodyHash: string } | null,
): RpcReply<"receipt"> {
  return { ok: true, epoch: world.log.epoch, appliedSeq: 0, receipt: found };
}

test("a frame that is looked up - is stored although the session is busy with others' events", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  let busy = 3;
  // Between the look and the append comes somebody else, three times.
  const stop = await world.answerRpc("receipt", () => receipt(null));
  const noise = (async () => {
    while (busy-- > 0)
      await world.append(sessionId, {
        type: "reaction",
        id: `r${busy}`,
        messageId: "m",
        emoji: "x",
        on: true,
      });
  })();
  client.send({ message: "hi", id: randomUUID() });
  await client.next("ack");
  await noise;
  stop();
  expect(await world.events(sessionId)).toHaveLength(4);
});

test("the broker - is away: a send is temporarily refused, nothing is stored, and the socket stays", async () => {
  await using own = await World.start();
  const client = await own.join("s");
  await own.server.kill("SIGKILL");
  await waitFor(() => own.gateway.logger.lines.some(({ message }) => message === "broker away"), {
    what: "the loss",
  });
  const id = youngId();
  client.send({ message: "hi", id });
  expect(await client.next("error")).toMatchObject({ code: "temporary", id });
  expect((await own.get("/readyz")).status).toBe(503);
  expect((await own.get("/livez")).status).toBe(200);
  await own.server.restart();
  await waitFor(async () => (await own.get("/readyz")).status === 200, { what: "a ready gateway" });
  client.send({ message: "hi", id });
  expect(await client.next("ack")).not.toHaveProperty("duplicate");
  expect(await client.next("message")).toMatchObject({ message: "hi" });
});

test("the broker - is away: who comes then is sent away to come back, and who is here stays", async () => {
  await using own = await World.start();
  const here = await own.join("s");
  await own.server.kill("SIGKILL");
  await waitFor(() => own.gateway.logger.lines.some(({ message }) => message === "broker away"), {
    what: "the loss",
  });
  for (const sessionId of ["s", "another"])
    expect(await own.client(sessionId).closed()).toMatchObject({ code: closeCodes.broker_away.code });
  await here.roundTrip();
  await own.server.restart();
  await waitFor(async () => (await own.get("/readyz")).status === 200, { what: "a ready gateway" });
  await own.join("s");
  expect(here.isOpen).toBe(true);
});

test("the broker - is silent: the socket closes for a replay, and what waits behind the frame is not sent", async () => {
  await using own = await World.start();
  const client = await own.join("s");
  await own.server.kill("SIGSTOP");
  const ids = [youngId(), youngId()];
  for (const [n, id] of ids.entries()) client.send({ message: `${n}`, id });
  expect(await client.next("error")).toMatchObject({ code: "temporary", id: ids[0] });
  expect(await client.closed()).toMatchObject({ code: closeCodes.outcome_unknown.code });
  await own.server.kill("SIGCONT");
  await own.connection.flush();
  expect((await own.events("s")).map((event) => event.type === "message" && event.message)).toEqual(["0"]);
});

test("the broker - loses the log: it is made again, and sockets are sent away to begin anew", async () => {
  await using own = await World.start();
  const [client, idle] = [await own.join("s"), await own.join("idle")];
  await operatorOf(own.log).streams.delete(streamName);
  client.send({ message: "hi", id: youngId() });
  expect(await client.closed()).toMatchObject({ code: closeCodes.resync.code });
  expect(await idle.closed()).toMatchObject({ code: closeCodes.resync.code });
  await waitFor(() => own.log.last("s"), { what: "the event" });
  const { cursor } = await own.client("s").next("connection");
  await own.log.ensure();
  expect(cursor).toBe(`${own.log.epoch}.1`);
});

test("the broker - is full: that has a code of its own, one line in the log, and no readiness, until there is room", async () => {
  const stream = { replicas: 1, maxAgeSeconds: 3_600, maxBytes: 20_000, dedupeWindowSeconds: 600 };
  await using own = await World.start({ stream });
  const client = await own.join("s");
  const text = "x".repeat(3_000);
  const send = (): void => client.send({ message: text, id: youngId() });
  for (let n = 0; n < 10; n++) send();
  await waitFor(() => client.of("ack").length + client.of("error").length === 10, {
    what: "an answer to each",
  });
  expect(client.of("error").length).toBeGreaterThan(2);
  for (const error of client.of("error")) expect(error).toMatchObject({ code: "full", temporary: false });
  expect(await own.get("/readyz")).toMatchObject({ status: 503, body: { reason: "full" } });
  const lines = own.gateway.logger.lines.filter(({ level }) => level === "error");
  expect(lines.map(({ message }) => message)).toEqual(["the log is full, events are refused"]);
  const http = await own.get("/api/sessions/s/frames", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "message", message: text }),
  });
  expect(http).toMatchObject({ status: 507, body: { code: "full" } });
  await own.log.purge("s", 5);
  const acked = client.of("ack").length;
  send();
  await waitFor(() => client.of("ack").length === acked + 1, { what: "the next ack" });
  expect((await own.get("/readyz")).status).toBe(200);
});

test("the broker - is full of messages: a stop and deletions are taken, a message sent before too, and there is room once a session was purged", async () => {
  const stream = { replicas: 1, maxAgeSeconds: 3_600, maxBytes: 200_000, dedupeWindowSeconds: 600 };
  await using own = await World.start({ stream });
  const client = await own.join("s");
  const message = "x".repeat(18_000);
  const first = { message, id: youngId() };
  client.send(first);
  const { messageId = "" } = await client.next("ack");
  while (client.of("error").length === 0) {
    client.send({ message, id: youngId() });
    await client.roundTrip();
  }
  expect(client.of("error")).toEqual([expect.objectContaining({ code: "full" })]);
  const acked = client.of("ack").length;
  client.send(first);
  client.send({ type: "stop", messageId, id: youngId() });
  client.send({ type: "delete", messageId, id: youngId() });
  await client.roundTrip();
  expect(client.of("ack").slice(acked)).toEqual([
    expect.objectContaining({ messageId, duplicate: true }),
    expect.anything(),
    expect.anything(),
  ]);
  expect(await own.get("/readyz")).toMatchObject({ status: 503, body: { reason: "full" } });
  const [{ user, guestToken = "" } = { user: { id: "" } }] = client.of("connection");
  await own.answerRpc("details", () => ({
    ok: true,
    details: { firstAuthor: user.id },
    readMarks: [],
    epoch: own.log.epoch,
    appliedSeq: 0,
  }));
  const path = `/api/sessions/s?guest=${guestToken}`;
  expect(await own.get(path, { method: "DELETE" })).toMatchObject({ status: 200 });
  // The persistence service does this once it has recorded the deletion.
  const last = await own.log.last("s");
  await own.log.purge("s", last?.seq ?? 0);
  const other = await own.join("other");
  other.send({ message, id: youngId() });
  await other.next("ack");
  expect((await own.get("/readyz")).status).toBe(200);
});

test("the broker - has lost the log when somebody joins: it is made again, and the next try succeeds", async () => {
  await using own = await World.start();
  await operatorOf(own.log).streams.delete(streamName);
  expect(await own.client("s").closed()).toMatchObject({ code: closeCodes.broker_away.code });
  await waitFor(async () => own.log.bounds().catch(() => undefined), { what: "a stream" });
  const client = await own.join("s");
  client.send({ message: "hi", id: youngId() });
  expect(await client.next("ack")).toMatchObject({ seq: 1 });
});
