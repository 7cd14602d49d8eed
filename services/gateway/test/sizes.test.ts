/** Each frame, page and announcement of a gateway at its largest fits where it goes. */
import { EventTooLarge } from "@natter/session-log";
import {
  durableFrames,
  encodeFrame,
  jsonBytes,
  limits,
  messageOf,
  subjects,
  type DurableType,
  type PresenceSet,
  type RpcVerb,
  type ServerFrameOf,
} from "@natter/protocol";
import {
  largestEvents,
  largestMessageFrame,
  largestPageMessage,
  largestUser,
  textOfBytes,
} from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toFailure } from "../src/failure.ts";
import { SessionPresence } from "../src/presence/session-presence.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { youngId } from "./support/client-ids.ts";
import { messageEvent, newSession, replyFrames, waitFor, World } from "./support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start(
    { models: [largestEvents.session_updated.model ?? ""] },
    { presence: { heartbeatMs: 10_000, downMs: 30_000, graceMs: 50, resyncMs: 60_000, relayMs: 20 } },
  );
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const numbers = (length: number): number[] => Array.from({ length }, (_, n) => n);
/** Names are cut at 64 units; each of these is nine bytes in an address, and three in JSON. */
const longestName = encodeURIComponent("가".repeat(limits.userNameLength));
const gateways = 9;

/** Nine other gateways, each with as many people as one tells of. */
function crowd(sessionId: string): void {
  for (const gateway of numbers(gateways)) {
    const users = numbers(limits.presenceUsers).map((n) => largestUser(gateway * 1_000 + n));
    const set: PresenceSet = { gateway: `played-${gateway}`, revision: 1, users, more: 7 };
    world.connection.publish(subjects.presence(sessionId), encodeFrame(set));
  }
}

/** The owner of the largest reply that can be running. */
async function longReply(sessionId: string): Promise<() => void> {
  return world.answer(subjects.reply(sessionId), () => ({
    ...replyFrames("m.p").soFar(0),
    chunks: [textOfBytes(limits.replyTextBytes)],
    reasoning: textOfBytes(limits.replyReasoningBytes),
  }));
}

/** @param own people at this gateway */
function expectCrowd(frame: ServerFrameOf<"connection"> | undefined, own: number): void {
  expect(frame?.replies[0]?.text).toBe(textOfBytes(limits.replyTextBytes));
  expect(frame?.users).toHaveLength(limits.listedUsers);
  expect(frame?.users.map(({ id }) => id)).toContain(frame?.user.id);
  const all = gateways * (limits.presenceUsers + 7) + own;
  expect((frame?.users.length ?? 0) + (frame?.moreUsers ?? 0)).toBe(all);
  expect(jsonBytes(frame)).toBeLessThan(limits.outQueueBytes);
  expect(jsonBytes(frame)).toBeGreaterThan(800_000);
}

test("the first frame of a reader - fits what a reader may owe, with the people of nine full gateways and the longest running reply", async () => {
  const sessionId = newSession();
  const first = await world.join(sessionId);
  const stop = await longReply(sessionId);
  await world.append(sessionId, replyFrames("m.p").start());
  await first.next("ai_start");
  crowd(sessionId);
  await waitFor(() => first.of("user_join").length === limits.listedUsers - 1, { what: "the crowd" });
  const client = await world.join(sessionId, `name=${longestName}`);
  expectCrowd(client.of("connection")[0], 2);
  await client.roundTrip();
  const abort = new AbortController();
  const path = `/api/sessions/${sessionId}/events?name=${longestName}`;
  const stream = await fetch(world.gateway.url + path, {
    headers: { accept: "text/event-stream" },
    signal: abort.signal,
  });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("\n\n")) said += (await reader?.read())?.value ?? "\n\n";
  abort.abort();
  const data = /^data: (.*)$/m.exec(said)?.[1] ?? "";
  expectCrowd(JSON.parse(data) as ServerFrameOf<"connection">, 3);
  stop();
});

test("an announcement of presence - tells of as many people as its bound and counts the others, and fits one message of the broker", () => {
  const said: PresenceSet[] = [];
  const presence = new SessionPresence({
    gateway: "g".repeat(64),
    clock: new ManualClock(),
    times: { graceMs: 0, answerMs: 1_000, relayMs: 1_000 },
    isConnected: () => true,
    isShuttingDown: () => false,
    nextRevision: () => Number.MAX_SAFE_INTEGER - 1_000 + said.length,
    publish: (state, asks) => void said.push({ gateway: "g".repeat(64), ...state, asks }),
    relay: () => undefined,
    onEmpty: () => undefined,
  });
  for (const n of numbers(limits.presenceUsers + 100)) presence.enter(largestUser(n));
  presence.request(false);
  presence.close();
  const last = said.at(-1);
  expect([last?.users.length, last?.more]).toEqual([limits.presenceUsers, 100]);
  expect(jsonBytes(last)).toBeGreaterThan(130_000);
  expect(jsonBytes(last)).toBeLessThan(limits.brokerMessageBytes);
});

test("the largest of what a client may send - is stored, comes to every reader, and is in the page", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId, `name=${longestName}`);
  const frame = largestMessageFrame(youngId());
  await world.append(sessionId, messageEvent(messageOf(frame.replyTo)));
  await client.next("message");
  expect(jsonBytes(frame)).toBe(limits.clientFrameBytes);
  client.send(frame);
  await client.next("ack");
  const live = await client.next("message");
  expect([live.message, live.attachments]).toEqual([frame.message, frame.attachments]);
  const { status, body } = await world.get(`/api/sessions/${sessionId}/messages`);
  expect([status, body["messages"]]).toMatchObject([200, [{}, { message: frame.message }]]);
});

test("the largest of what a client may send - as a change of the session is stored and told", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const { model } = largestEvents.session_updated;
  // Controls are taken out of both. Of what is left nothing takes more bytes for a character.
  const title = "😀".repeat(limits.titleLength);
  const systemPrompt = "😀".repeat(limits.systemPromptLength);
  const { epoch } = world.log;
  const stop = await world.answerRpc("details", () => ({
    ok: true,
    epoch,
    appliedSeq: 0,
    details: {},
    readMarks: [],
  }));
  const { status, body } = await world.get(`/api/sessions/${sessionId}`, {
    method: "PATCH",
    headers: { "content-type": "application/json", "idempotency-key": youngId() },
    body: JSON.stringify({ title, systemPrompt, model }),
  });
  expect([status, body["systemPrompt"]]).toEqual([200, systemPrompt]);
  expect(await client.next("session_updated")).toMatchObject({ title, systemPrompt, model });
  stop();
});

const types = (Object.keys(durableFrames) as DurableType[]).filter((type) => type !== "session_deleted");

test("the largest event - of each type comes live, in a replay and over the event stream", async () => {
  const sessionId = newSession();
  await world.append(sessionId, messageEvent("first"));
  const client = await world.join(sessionId);
  const cursor = client.of("connection")[0]?.cursor ?? "";
  for (const type of types) {
    await world.append(sessionId, largestEvents[type]);
    const { seq: _seq, prev: _prev, ...event } = await client.next(type);
    expect(event).toEqual(largestEvents[type]);
  }
  const late = await world.join(sessionId, `since=${cursor}`);
  expect(late.of("connection")[0]?.recovered).toBe(true);
  for (const type of types) expect(await late.next(type)).toMatchObject({ id: largestEvents[type].id });
  const abort = new AbortController();
  const path = `/api/sessions/${sessionId}/events?since=${cursor}`;
  const stream = await fetch(world.gateway.url + path, {
    headers: { accept: "text/event-stream" },
    signal: abort.signal,
  });
  let said = "";
  for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    said += part;
    if (said.split("\n\n").length > types.length + 1) break;
  }
  abort.abort();
  const shown = said.split("\n\n").slice(1, 1 + types.length);
  expect(shown.map((event) => /"type":"(\w+)"/.exec(event)?.[1])).toEqual(types);
});

test("a page - has the largest message that there can be, and is no larger than a page", async () => {
  const sessionId = newSession();
  const { lastSeq: appliedSeq, epoch } = await world.log.bounds();
  const answer = { ok: true, epoch, appliedSeq, hasMore: false, known: true } as const;
  // A deleted one is small.
  const { deletedAt: _deletedAt, ...message } = largestPageMessage;
  const stop = await world.answerRpc("history", () => ({ ...answer, messages: [message] }));
  const { status, body } = await world.get(`/api/sessions/${sessionId}/messages`);
  stop();
  expect([status, body["messages"]]).toEqual([200, [message]]);
  expect(jsonBytes(body)).toBeLessThan(limits.pageBytes);
});

test("a page - of the log alone is no larger, whatever somebody else has put there", async () => {
  const sessionId = newSession();
  const huge = "x".repeat(limits.brokerMessageBytes - 2_048);
  await world.append(sessionId, messageEvent("before"));
  for (const event of [messageEvent("huge", huge), { ...messageEvent("field"), other: huge }]) {
    await world.append(sessionId, event);
    const { status, body } = await world.get(`/api/sessions/${sessionId}/messages`);
    expect([status, body["hasMore"]]).toEqual([200, true]);
    expect(jsonBytes(body)).toBeLessThan(limits.pageBytes);
    expect(body["messages"]).toMatchObject([{ id: (event as { id: string }).id }]);
  }
});

test.each<[RpcVerb, (sessionId: string) => string]>([
  ["history", (sessionId) => `/api/sessions/${sessionId}/messages?before=m`],
  ["details", (sessionId) => `/api/sessions/${sessionId}`],
  ["sessions", () => "/api/sessions"],
  ["search", () => "/api/search?q=x"],
])(
  "an answer of the store that is too large for the broker - to %s is a problem of its own, and none that passes",
  async (verb, pathOf) => {
    const stop = await world.answerRpc(verb, () => ({ ok: false, error: "too_large" }));
    const { status, body } = await world.get(pathOf(newSession()));
    stop();
    expect([status, body["code"], body["temporary"]]).toEqual([500, "answer_too_large", false]);
  },
);

test("an answer of the store that is too large for the broker - leaves the last page to the end of the log", async () => {
  const sessionId = newSession();
  const stop = await world.answerRpc("history", () => ({ ok: false, error: "too_large" }));
  await world.append(sessionId, messageEvent("last"));
  const { status, body } = await world.get(`/api/sessions/${sessionId}/messages`);
  stop();
  expect(status).toBe(200);
  expect(body).toMatchObject({ messages: [{ id: "last" }] });
});

test("an event that the broker does not take is too large, and none that passes", () => {
  expect(toFailure(new EventTooLarge())).toMatchObject({ code: "too_large", outcomeUnknown: false });
});
