/** What a session takes: prompts up to its bound, and only what is about something. */
import { encodeFrame, replyIdOf, subjects } from "@natter/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { youngId } from "../support/client-ids.ts";
import type { TestClient } from "../support/socket-client.ts";
import { messageEvent, newSession, replyFrames, waitFor, World } from "../support/world.ts";

const most = 20;
let world: World;

let endReceipts: () => void;

beforeEach(async () => {
  world = await World.start({ openPromptsOfSession: most });
  // Nothing was sent before.
  endReceipts = await world.answerRpc("receipt", () => ({
    ok: true,
    receipt: null,
    epoch: world.log.epoch,
    appliedSeq: 0,
  }));
});
afterEach(() => world?.[Symbol.asyncDispose]());

const answersOf = (client: TestClient): number => client.of("ack").length + client.of("error").length;

/** Sends as many messages at once, and waits for an answer to each. */
async function sendMany(client: TestClient, count: number): Promise<void> {
  const before = answersOf(client);
  for (let n = 0; n < count; n++) client.send({ message: `${n}`, id: youngId() });
  await waitFor(() => answersOf(client) === before + count, { what: "an answer to each" });
}

/** A store that has recorded nothing but who began each session. */
async function storeOf(firstAuthor: string): Promise<void> {
  const { epoch } = world.log;
  await world.answerRpc("prompts", () => ({ ok: true, prompts: [], epoch, appliedSeq: 0 }));
  await world.answerRpc("details", () => ({
    ok: true,
    details: { firstAuthor },
    readMarks: [],
    epoch,
    appliedSeq: 0,
  }));
}

const completeOf = (promptId: string): object => ({
  ...replyFrames(replyIdOf(promptId, promptId)).complete(1),
  promptId,
  messageId: promptId,
});

test("a session with its most open prompts - takes no other one, and says that it is for now", async () => {
  const client = await world.join(newSession());
  await sendMany(client, most + 15);
  expect(client.of("ack")).toHaveLength(most);
  expect(client.of("error")[0]).toMatchObject({ code: "rate_limited", temporary: true });
  expect(client.of("error")).toHaveLength(15);
});

test("a session with its most open prompts - keeps to it over several sockets and gateways", async () => {
  const sessionId = newSession();
  const other = await world.anotherGateway({ openPromptsOfSession: most });
  await world.answerRpc("prompts", () => ({
    ok: true,
    prompts: [],
    epoch: world.log.epoch,
    appliedSeq: 0,
  }));
  const clients = [await world.join(sessionId), await world.join(sessionId)];
  await Promise.all(clients.map((client) => sendMany(client, most)));
  expect(clients.flatMap((client) => client.of("ack"))).toHaveLength(most);
  const elsewhere = await world.join(sessionId, "", other);
  await sendMany(elsewhere, 3);
  expect(elsewhere.of("error").map(({ code }) => code)).toEqual(Array(3).fill("rate_limited"));
});

test("a session with its most open prompts - takes the next one when one is answered, and counts those that the store knows", async () => {
  const sessionId = newSession();
  const position = { epoch: world.log.epoch, seq: 0 };
  const stored = Array.from({ length: most - 1 }, (_, n) => `old-${n}`);
  const prompts = stored.map((promptId) => ({
    promptId,
    messageId: promptId,
    position,
    attempt: 0,
    closed: false,
  }));
  await world.answerRpc("prompts", () => ({
    ok: true,
    prompts,
    epoch: world.log.epoch,
    appliedSeq: 0,
  }));
  const client = await world.join(sessionId);
  await sendMany(client, 2);
  expect([client.of("ack").length, client.of("error").length]).toEqual([1, 1]);
  await world.append(sessionId, completeOf("old-3"));
  await sendMany(client, 2);
  expect([client.of("ack").length, client.of("error").length]).toEqual([2, 2]);
});

test("a session with its most open prompts - counts an edit that asks again and a regenerate, and still takes stops and reactions", async () => {
  const client = await world.join(newSession());
  await sendMany(client, most);
  const { messageId } = client.of("ack")[0] ?? {};
  client.send({ type: "edit", messageId, message: "again", reply: true, id: youngId() });
  client.send({ type: "regenerate", messageId, id: youngId() });
  await waitFor(() => client.of("error").length === 2, { what: "two refusals" });
  expect(client.of("error").map(({ code }) => code)).toEqual(["rate_limited", "rate_limited"]);
  client.send({ type: "stop", messageId, id: youngId() });
  client.send({ type: "reaction", messageId, emoji: "👍", on: true, id: youngId() });
  await waitFor(() => client.of("ack").length === most + 2, { what: "two acks" });
});

test("a session with its most open prompts - does not count again what is sent again and was answered long since", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  await world.answerRpc("prompts", () => ({
    ok: true,
    prompts: [],
    epoch: world.log.epoch,
    appliedSeq: 0,
  }));
  const frames = Array.from({ length: most }, (_, n) => ({ message: `${n}`, id: youngId() }));
  for (const frame of frames) client.send(frame);
  await waitFor(() => client.of("ack").length === most, { what: "an ack for each" });
  for (const { messageId } of client.of("ack")) await world.append(sessionId, completeOf(messageId ?? ""));
  for (const frame of frames) client.send(frame);
  await waitFor(() => client.of("ack").length === 2 * most, { what: "each ack again" });
  await sendMany(client, most);
  expect(client.of("error")).toEqual([]);
});

test("a session with its most open prompts - takes no other one although each is sent twice", async () => {
  const client = await world.join(newSession());
  for (let n = 0; n < most + 15; n++) {
    const frame = { message: `${n}`, id: youngId() };
    client.send(frame);
    client.send(frame);
  }
  await waitFor(() => answersOf(client) === 2 * (most + 15), { what: "an answer to each" });
  const taken = new Set(client.of("ack").map(({ messageId }) => messageId));
  expect(taken.size).toBe(most);
});

test("a session with its most open prompts - takes no other one although a second socket fails to send each under the same id", async () => {
  const sessionId = newSession();
  const ann = await world.join(sessionId);
  const guest = ann.of("connection")[0]?.guestToken ?? "";
  const again = await world.join(sessionId, `guest=${guest}`);
  for (let n = 0; n < most + 15; n++) {
    const id = youngId();
    ann.send({ message: `${n}`, id });
    again.send({ message: `another ${n}`, id });
    await waitFor(() => answersOf(ann) === n + 1 && answersOf(again) === n + 1, { what: "both answers" });
  }
  expect([...ann.of("ack"), ...again.of("ack")]).toHaveLength(most);
  expect(again.of("error").map(({ code }) => code)).toContain("conflict");
});

test("a session with its most open prompts - takes as many again after each deletion whose purge took the ends with it", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const owner = client.of("connection")[0]?.user ?? { id: "", name: "" };
  await storeOf(owner.id);
  for (let round = 1; round <= 2; round++) {
    const writer = await world.join(sessionId);
    await sendMany(writer, most);
    expect(writer.of("ack")).toHaveLength(most);
    for (const { messageId } of writer.of("ack")) await world.append(sessionId, completeOf(messageId ?? ""));
    const seq = await world.append(sessionId, {
      ...messageEvent("d"),
      type: "session_deleted",
      user: owner,
    });
    await world.log.purge(sessionId, seq);
    await writer.closed();
  }
});

test("a session with its most open prompts - takes as many again when the ends of all have left the log before it was read again", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  await sendMany(client, most + 1);
  expect(client.of("error")[0]).toMatchObject({ code: "rate_limited" });
  for (const { messageId } of client.of("ack")) await world.append(sessionId, completeOf(messageId ?? ""));
  const { lastSeq: appliedSeq, epoch } = await world.log.bounds();
  await world.log.purge(sessionId, appliedSeq + 1);
  await world.answerRpc("prompts", () => ({ ok: true, prompts: [], epoch, appliedSeq }));
  await sendMany(client, most);
  expect(client.of("ack")).toHaveLength(2 * most);
});

test("a session with its most open prompts - takes no other one after a deletion by somebody who may not", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  await storeOf(client.of("connection")[0]?.user.id ?? "");
  await sendMany(client, most);
  await world.append(sessionId, { ...messageEvent("d"), type: "session_deleted" });
  // Whoever joins before it comes is sent away by it, too.
  await client.closed();
  const again = await world.join(sessionId);
  await sendMany(again, 1);
  expect(again.of("error")[0]).toMatchObject({ code: "rate_limited" });
});

test("a session with its most open prompts - takes no other one while the store answers late", async () => {
  const sessionId = newSession();
  const clients = await Promise.all(Array.from({ length: 10 }, async () => world.join(sessionId)));
  const answer = encodeFrame({ ok: true, prompts: [], epoch: world.log.epoch, appliedSeq: 0 });
  world.connection.subscribe(subjects.rpc("prompts"), (question) => {
    setTimeout(() => question.respond(answer), 900);
  });
  await world.connection.flush();
  await Promise.all(clients.map((client) => sendMany(client, 5)));
  expect(clients.flatMap((client) => client.of("ack"))).toHaveLength(most);
});

test("a session with its most open prompts - says the same while the store is away", async () => {
  const client = await world.join(newSession());
  await sendMany(client, most);
  endReceipts();
  await sendMany(client, 1);
  expect(client.of("error").map(({ code }) => code)).toEqual(["rate_limited"]);
});

test("a session with its most open prompts - acknowledges again what it took before", async () => {
  const client = await world.join(newSession());
  const first = { message: "first", id: youngId() };
  client.send(first);
  await client.next("ack");
  await sendMany(client, most);
  client.send(first);
  await waitFor(() => client.of("ack").length === most + 1, { what: "the ack" });
  expect(client.of("ack").at(-1)).toMatchObject({ id: first.id, duplicate: true });
});

test("a session with its most open prompts - takes a prompt while the store is silent, sooner than the store counts as away", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  await world.answerRpc("prompts", () => undefined);
  const endSessions = await world.answerRpc("sessions", () => undefined);
  const order: string[] = [];
  // This question was asked before, and it is answered when the store counts as away.
  const list = world.get("/api/sessions").then(({ status }) => order.push(`list ${status}`));
  await sendMany(client, 1);
  order.push(...client.of("ack").map(() => "ack"));
  await list;
  endSessions();
  expect(order).toEqual(["ack", "list 503"]);
});

const framesAbout = (messageId: string): object[] => [
  { type: "stop", messageId },
  { type: "regenerate", messageId },
  { type: "reaction", messageId, emoji: "👍", on: true },
];

test.each(["unknown", "unknown.unknown"])(
  "what is about nothing - is refused: a stop, a regenerate and a reaction for %s",
  async (target) => {
    const sessionId = newSession();
    await world.answerRpc("target", ({ promptId }) => ({
      ok: true,
      message: false,
      prompt: promptId === undefined,
      epoch: world.log.epoch,
      appliedSeq: 0,
    }));
    const client = await world.join(sessionId);
    for (const frame of framesAbout(target)) client.send({ ...frame, id: youngId() });
    await waitFor(() => client.of("error").length === 3, { what: "a refusal of each" });
    expect(client.of("error").map(({ code }) => code)).toEqual(Array(3).fill("not_found"));
    expect(await world.events(sessionId)).toEqual([]);
  },
);

test("what is about nothing - is refused when the message was deleted with its session, or is in another one", async () => {
  const [sessionId, other] = [newSession(), newSession()];
  await world.append(sessionId, messageEvent("m"));
  await world.append(other, messageEvent("elsewhere"));
  await world.answerRpc("target", () => ({
    ok: true,
    message: false,
    prompt: true,
    epoch: world.log.epoch,
    appliedSeq: 0,
  }));
  const client = await world.join(sessionId);
  client.send({ type: "stop", messageId: "m", id: youngId() });
  await client.next("ack");
  client.send({ type: "stop", messageId: "elsewhere", id: youngId() });
  expect(await client.next("error")).toMatchObject({ code: "not_found" });
  await world.append(sessionId, { ...messageEvent("d"), type: "session_deleted" });
  await client.closed();
  const again = await world.join(sessionId);
  again.send({ type: "stop", messageId: "m", id: youngId() });
  expect(await again.next("error")).toMatchObject({ code: "not_found" });
});

test("what is about nothing - is found in the log with the store away; what is not there may be older, and is for later", async () => {
  const sessionId = newSession();
  await world.append(sessionId, messageEvent("here"));
  const client = await world.join(sessionId);
  client.send({ type: "stop", messageId: replyIdOf("here", "here"), id: youngId() });
  await client.next("ack");
  client.send({ type: "stop", messageId: "older", id: youngId() });
  expect(await client.next("error")).toMatchObject({ code: "temporary", temporary: true });
});
