import { operatorOf } from "@natter/session-log/testing";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { closeCodes, streamName, type ServerFrame } from "@natter/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventStream } from "../support/event-stream.ts";
import { isChain, PacedReader } from "../support/pausable-client.ts";
import { messageEvent, newSession, replyFrames, waitFor, World } from "../support/world.ts";

/** As usual, twenty times as fast. */
const stallMs = 1_500;
const graceMs = 200;
const textBytes = 4_096;
/** How long a reader that is closed has to read that, and a little more. */
const closeMs = 8_000;

let world: World;
const readers: PacedReader[] = [];

beforeAll(async () => {
  world = await World.start(
    {},
    {
      slowConsumers: { stallMs, checkMs: 50 },
      heartbeat: { heartbeatMs: 1_250, pongMs: 500, checkMs: 50 },
      presence: { heartbeatMs: 250, downMs: 700, graceMs, resyncMs: 1_500, relayMs: 50 },
    },
  );
});

afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** @returns the seqs of so many messages */
async function fill(sessionId: string, count: number, text = "x".repeat(textBytes)): Promise<number[]> {
  const seqs: number[] = [];
  for (let n = 0; n < count; n++)
    seqs.push(await world.append(sessionId, messageEvent(`${sessionId}-${n}`, text)));
  return seqs;
}

async function paused(sessionId: string, name: string, after: number): Promise<PacedReader> {
  const query = `name=${name}&since=${world.log.epoch}.${after}`;
  const reader = await PacedReader.pausedIn(world.gateway.url, sessionId, query);
  readers.push(reader);
  return reader;
}

function streamCursors(text: string): number[] {
  return [...text.matchAll(/^id: [\d-]+\.(\d+)$/gm)].map(([, seq]) => Number(seq));
}

test("a reader that takes nothing - is closed, whatever pongs it sends", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 300);
  const witness = await world.join(sessionId);
  for (let n = 0; n < 10; n++) (await paused(sessionId, `Paused${n}`, first - 1)).pretendToLive(100);
  await waitFor(() => witness.of("user_join").length === 10, { what: "all of them" });
  await waitFor(() => witness.of("user_leave").length === 10, {
    what: "the end of all of them",
    timeoutMs: stallMs + closeMs,
  });
  expect(Math.max(...readers.map(({ frames }) => frames.length))).toBeLessThan(300);
});

test("a reader that takes nothing - is told so if it reads again in time", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 300);
  const reader = await paused(sessionId, "Paused", first - 1);
  await sleep(2 * stallMs);
  reader.webSocket.resume();
  await waitFor(() => reader.closeCode !== undefined, { what: "its close code" });
  expect(reader.closeCode).toBe(closeCodes.too_slow.code);
  expect(reader.frames.length).toBeLessThan(300);
});

test("a reader that takes nothing - is closed by the heartbeat if all that it was sent is on its way already", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 1);
  const witness = await world.join(sessionId);
  const reader = await paused(sessionId, "Paused", first - 1);
  reader.pretendToLive(100);
  await waitFor(() => witness.of("user_leave").length === 1, { what: "its end" });
  expect(witness.of("user_leave")[0]?.user.name).toBe("Paused");
});

test("a reader that takes nothing - is closed on an event stream, too", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 960);
  const witness = await world.join(sessionId);
  const query = `name=Paused&since=${world.log.epoch}.${first - 1}`;
  // The kernel takes a lot for one who has begun to read, so this one never does.
  const raw = connect(Number(new URL(world.gateway.url).port), "127.0.0.1").pause();
  raw.on("error", () => undefined);
  raw.write(
    `GET /api/sessions/${sessionId}/events?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await waitFor(() => witness.of("user_join").length === 1, { what: "the reader" });
  await waitFor(() => witness.of("user_leave").length === 1, {
    what: "its end",
    timeoutMs: stallMs + closeMs,
  });
  expect(raw.bytesRead).toBe(0);
  const { localPort } = raw;
  expect(await connectionsOf(localPort)).toEqual([]);
  raw.destroy();
});

test("a reader that takes nothing - leaves nothing behind in the kernel", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 300);
  const witness = await world.join(sessionId);
  const reader = await paused(sessionId, "Paused", first - 1);
  await waitFor(() => witness.of("user_join").length === 1, { what: "the reader" });
  expect(await connectionsOf(reader.port)).toHaveLength(1);
  await waitFor(async () => (await connectionsOf(reader.port)).length === 0, {
    what: "the end of its connection",
    timeoutMs: stallMs + closeMs,
  });
});

function hex(port = 0): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

/** The gateway's side of the connections with a client's port, as the kernel lists them. */
async function connectionsOf(clientPort: number | undefined): Promise<string[]> {
  const gatewayPort = hex(Number(new URL(world.gateway.url).port));
  const lines = (await readFile("/proc/self/net/tcp", "utf8")).split("\n");
  const ends = new RegExp(`:${gatewayPort} \\w+:${hex(clientPort)} `);
  return lines.filter((line) => ends.test(line));
}

test("a reader that takes a little now and then - gets all that it missed and all that happens meanwhile, in order, and then is live", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 700);
  const reader = await paused(sessionId, "Slow", first - 1);
  const stop = reader.trickle(20);
  const reply = replyFrames("m.p");
  await world.append(sessionId, reply.start());
  const during: number[] = [];
  for (let n = 0; n < 100; n++) {
    world.live(sessionId, reply.chunk(n));
    during.push(...(await fill(sessionId, 1)));
  }
  expect(reader.frames.length).toBeLessThan(700);
  const complete = await world.append(sessionId, reply.complete(100));
  await waitFor(() => reader.durable.at(-1)?.seq === complete, { what: "the end", timeoutMs: 20_000 });
  stop();
  expect(reader.frames[0]).toMatchObject({ type: "connection", recovered: true });
  expect(isChain(first - 1, reader.durable)).toBe(true);
  expect(reader.durable).toHaveLength(802);
  const [live = 0] = await fill(sessionId, 1);
  await waitFor(() => reader.durable.at(-1)?.seq === live, { what: "what is live" });
  expect(isOrdered(reader.frames)).toBe(true);
  expect(reader.closeCode).toBeUndefined();
});

test("a reader that takes a little now and then - gets the same on an event stream", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 960);
  const query = `since=${world.log.epoch}.${first - 1}`;
  await using stream = await eventStream(world.gateway.url, sessionId, query);
  stream.response.pause();
  const during = await fill(sessionId, 100);
  const timer = setInterval(() => {
    stream.response.resume();
    setTimeout(() => stream.response.pause(), 2);
  }, 10);
  await waitFor(() => streamCursors(stream.text).at(-1) === during.at(-1), {
    what: "the last one",
    timeoutMs: 20_000,
  });
  clearInterval(timer);
  expect(streamCursors(stream.text)).toEqual([
    first - 1,
    ...Array.from({ length: 1_060 }, (_, n) => first + n),
  ]);
});

test("a reader that takes a little now and then - is not told the text of what is deleted while it is on its way", async () => {
  const sessionId = newSession();
  const seqs = await fill(sessionId, 299);
  await world.append(sessionId, messageEvent(`${sessionId}-secret`, "secret"));
  const reader = await paused(sessionId, "Slow", (seqs[0] ?? 0) - 1);
  const head = {
    id: `${sessionId}-d`,
    user: { id: "guest-1", name: "Ann" },
    sentAt: "2026-01-02T00:00:00.000Z",
  };
  const messageId = `${sessionId}-secret`;
  const witness = await world.join(sessionId);
  await world.append(sessionId, { type: "message_deleted", ...head, messageId });
  await witness.next("message_deleted");
  reader.webSocket.resume();
  await waitFor(() => reader.durable.at(-1)?.type === "message_deleted", { what: "the deletion" });
  expect(reader.frames.find((frame) => "id" in frame && frame.id === messageId)).toMatchObject({
    message: "",
    deletedAt: head.sentAt,
  });
});

test("a replay whose events leave the log before they are sent - ends with resync before the hole", async () => {
  const sessionId = newSession();
  const seqs = await fill(sessionId, 600);
  const reader = await paused(sessionId, "Slow", (seqs[0] ?? 0) - 1);
  await operatorOf(world.log).streams.deleteMessage(streamName, seqs[500] ?? 0, false);
  reader.webSocket.resume();
  await waitFor(() => reader.closeCode !== undefined, { what: "the end" });
  expect(reader.closeCode).toBe(closeCodes.resync.code);
  expect(reader.durable.map(({ seq }) => seq)).toEqual(seqs.slice(0, 500));
  const again = await paused(sessionId, "Again", (seqs[0] ?? 0) - 1);
  again.webSocket.resume();
  await waitFor(() => again.durable.at(-1)?.seq === seqs.at(-1), { what: "all that is left" });
  expect(again.durable).toHaveLength(599);
});

test("a replay whose events leave the log before they are sent - ends with resync on an event stream, too", async () => {
  const sessionId = newSession();
  const seqs = await fill(sessionId, 960);
  const query = `since=${world.log.epoch}.${(seqs[0] ?? 0) - 1}`;
  await using stream = await eventStream(world.gateway.url, sessionId, query);
  stream.response.pause();
  await operatorOf(world.log).streams.purge(streamName, { seq: seqs[959] ?? 0 });
  stream.response.resume();
  await waitFor(() => stream.text.includes("event: end"), { what: "the end" });
  expect(stream.text).toContain(`{"code":${closeCodes.resync.code},"reason":"resync"}`);
  const cursors = streamCursors(stream.text).slice(1);
  expect(cursors).toEqual(seqs.slice(0, cursors.length));
});

/** A reply's chunks come after its start, before its end, and each once. */
function isOrdered(frames: readonly ServerFrame[]): boolean {
  const types = frames.map(({ type }) => type);
  const start = types.indexOf("ai_start");
  const end = types.indexOf("ai_complete");
  return types.every((type, index) => type !== "ai_chunk" || (index > start && index < end));
}
