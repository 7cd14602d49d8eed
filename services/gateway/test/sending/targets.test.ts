/** What is taken about a message, as long as it has its words, and what is answered about one that is gone. */
import { randomUUID } from "node:crypto";
import { SessionView, type StoreClient } from "@natter/session-log";
import { limits, replyIdOf, type LogEvent, type RpcReply } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Targets } from "../../src/sending/targets.ts";
import { youngId } from "../support/client-ids.ts";
import type { TestClient } from "../support/socket-client.ts";
import { messageEvent, newSession, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** @returns `ack`, `duplicate`, or the code of the refusal */
async function answerTo(client: TestClient, frame: object, id = youngId()): Promise<string> {
  client.send({ ...frame, id });
  await client.roundTrip();
  const error = client.of("error").findLast((said) => said.id === id);
  const ack = client.of("ack").findLast((said) => said.id === id);
  return error?.code ?? (ack?.duplicate === true ? "duplicate" : "ack");
}

async function sendMessage(client: TestClient): Promise<string> {
  client.send({ message: "words", id: youngId() });
  return (await client.next("ack")).messageId ?? "";
}

/** A store that has recorded nothing but what its answer to `target` says. */
async function storeSaying(
  target: { message: boolean; deleted?: true },
  appliedSeq = 0,
): Promise<{ end(): void }> {
  const { epoch } = world.log;
  const ends = [
    await world.answerRpc("target", ({ promptId }): RpcReply<"target"> => {
      return { ok: true, prompt: promptId === undefined, ...target, epoch, appliedSeq };
    }),
    await world.answerRpc("receipt", () => ({ ok: true, receipt: null, epoch, appliedSeq })),
  ];
  return { end: () => ends.forEach((end) => end()) };
}

async function fill(sessionId: string, events: number): Promise<void> {
  for (let n = 0; n < events; n++) await world.append(sessionId, messageEvent(`${sessionId}-${n}`));
}

const edit = (messageId: string): object => ({ type: "edit", messageId, message: "late" });

test.each([
  ["the log says so", "log"],
  ["the store says so", "store"],
])(
  "a message that its author has deleted - takes no edit, no regenerate and no reaction if %s",
  async (_name, from) => {
    const client = await world.join(newSession());
    const messageId = await sendMessage(client);
    if (from === "log") await answerTo(client, { type: "delete", messageId });
    const { lastSeq } = await world.log.bounds();
    const isStored = from === "store";
    const store = await storeSaying(
      { message: isStored, ...(isStored ? { deleted: true } : {}) },
      isStored ? lastSeq : 0,
    );
    expect(await answerTo(client, edit(messageId))).toBe("not_found");
    expect(await answerTo(client, { type: "regenerate", messageId })).toBe("not_found");
    expect(await answerTo(client, { type: "reaction", messageId, emoji: "👍", on: true })).toBe("not_found");
    expect(await answerTo(client, { type: "stop", messageId })).toBe("ack");
    expect(await answerTo(client, { type: "delete", messageId })).toBe("ack");
    store.end();
  },
);

test("a message that its author has deleted - takes no edit while the store is away", async () => {
  const client = await world.join(newSession());
  const messageId = await sendMessage(client);
  expect(await answerTo(client, edit(messageId))).toBe("ack");
  await answerTo(client, { type: "delete", messageId });
  expect(await answerTo(client, edit(messageId))).toBe("not_found");
});

test("a message that its author has deleted - takes reactions to its answer", async () => {
  const client = await world.join(newSession());
  const messageId = await sendMessage(client);
  await answerTo(client, { type: "delete", messageId });
  const reply = replyIdOf(messageId, messageId);
  expect(await answerTo(client, { type: "reaction", messageId: reply, emoji: "👍", on: true })).toBe("ack");
});

test("a message that its author has deleted - takes an edit that was taken before, and is sent again", async () => {
  const client = await world.join(newSession());
  const messageId = await sendMessage(client);
  const store = await storeSaying({ message: false });
  const id = youngId();
  expect(await answerTo(client, edit(messageId), id)).toBe("ack");
  await answerTo(client, { type: "delete", messageId });
  expect(await answerTo(client, edit(messageId), id)).toBe("duplicate");
  store.end();
});

test("a message that its author has deleted - is not deleted by what somebody else put into the log", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const messageId = await sendMessage(client);
  await world.append(sessionId, { ...messageEvent("d"), type: "message_deleted", messageId });
  expect(await answerTo(client, edit(messageId))).toBe("ack");
});

test.each([
  ["is gone if the owner deleted it", "owner", "not_found"],
  ["is there if somebody else did", "another", "ack"],
])("a message of a session that was deleted - %s", async (_name, firstAuthor, expected) => {
  const sessionId = newSession();
  const { epoch } = world.log;
  const details = await world.answerRpc("details", () => {
    return { ok: true, details: { firstAuthor }, readMarks: [], epoch, appliedSeq: 0 };
  });
  const store = await storeSaying({ message: false });
  await world.append(sessionId, messageEvent("m"));
  const user = { id: "owner", name: "Owner" };
  await world.append(sessionId, { ...messageEvent("d"), type: "session_deleted", user });
  const client = await world.join(sessionId);
  expect(await answerTo(client, { type: "stop", messageId: "m" })).toBe(expected);
  details();
  store.end();
});

test(`a store that is far behind - is helped out with ${limits.tailEvents} events of the log, and with one more the answer is for later`, async () => {
  const sessionId = newSession();
  const { log } = world;
  const store = {
    ask: async () => ({ message: false, prompt: true, epoch: log.epoch, appliedSeq: 0 }),
  } as unknown as StoreClient;
  const targets = new Targets({ view: new SessionView({ log, store }), firstAuthor: async () => "guest-1" });
  const stop = { type: "stop_requested", messageId: `${sessionId}-0` } as LogEvent;
  await fill(sessionId, limits.tailEvents);
  await expect(targets.require(sessionId, stop)).resolves.toBeUndefined();
  await world.append(sessionId, messageEvent("one more"));
  await expect(targets.require(sessionId, stop)).rejects.toMatchObject({ code: "temporary" });
});

test("a store that is far behind - lets nobody say whether an old id was sent before, beyond as many events", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const store = await storeSaying({ message: true });
  const first = randomUUID();
  expect(await answerTo(client, { message: "first" }, first)).toBe("ack");
  await fill(sessionId, limits.tailEvents - 1);
  expect(await answerTo(client, { message: "first" }, first)).toBe("duplicate");
  await world.append(sessionId, messageEvent("one more"));
  expect(await answerTo(client, { message: "first" }, first)).toBe("temporary");
  expect(await answerTo(client, { message: "another" }, randomUUID())).toBe("temporary");
  expect(await answerTo(client, { message: "young" })).toBe("ack");
  store.end();
});
