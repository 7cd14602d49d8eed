import { limits, type LogEventOf, type Reaction, type RpcReply } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { youngId } from "../support/client-ids.ts";
import { messageEvent, newSession, World } from "../support/world.ts";
import type { TestClient } from "../support/socket-client.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const messageId = "m";
const emojiOf = (n: number): string => String.fromCodePoint(0x1f600 + n);
const numbers = (length: number): number[] => Array.from({ length }, (_, n) => n);

async function sessionWithMessage(): Promise<string> {
  const sessionId = newSession();
  await world.append(sessionId, messageEvent(messageId));
  return sessionId;
}

/** A store that has of the message what `reactions` says up to `appliedSeq`; else up to this moment. */
async function storeWith(
  reactions: (reader: string) => Reaction[],
  appliedSeq?: number,
): Promise<{ end(): void; readers: string[] }> {
  const { epoch } = world.log;
  appliedSeq ??= (await world.log.bounds()).lastSeq;
  const readers: string[] = [];
  const ends = [
    await world.answerRpc("reactions", ({ reader }): RpcReply<"reactions"> => {
      readers.push(reader as string);
      return { ok: true, epoch, appliedSeq, reactions: reactions(reader as string) };
    }),
    await world.answerRpc("receipt", () => ({ ok: true, epoch, appliedSeq, receipt: null })),
    await world.answerRpc("target", () => ({ ok: true, epoch, appliedSeq, message: true, prompt: true })),
  ];
  return { readers, end: () => ends.forEach((end) => end()) };
}

/** @returns `ack`, or the code of the refusal */
async function react(client: TestClient, emoji: string, on = true, id = youngId()): Promise<string> {
  client.send({ type: "reaction", id, messageId, emoji, on });
  const { ack, error } = await answerTo(client, id);
  return error?.code ?? (ack?.duplicate === true ? "duplicate" : "ack");
}

async function answerTo(client: TestClient, id: string) {
  // What was said before the answer to a ping is said.
  await client.roundTrip();
  return {
    ack: client.of("ack").findLast((frame) => frame.id === id),
    error: client.of("error").findLast((frame) => frame.id === id),
  };
}

async function emojiInLog(sessionId: string): Promise<string[]> {
  const events = await world.events(sessionId);
  return events
    .filter((event): event is LogEventOf<"reaction"> => event.type === "reaction")
    .map(({ emoji }) => emoji);
}

const byOthers = (length: number): Reaction[] =>
  numbers(length).map((n) => ({ emoji: emojiOf(n), count: 1, users: [`other-${n}`] }));

test("a reaction beyond the bounds - of a user is refused before it is stored, until one is taken back", async () => {
  const sessionId = await sessionWithMessage();
  const client = await world.join(sessionId);
  const store = await storeWith(() => []);
  for (const n of numbers(limits.userEmoji)) expect(await react(client, emojiOf(n))).toBe("ack");
  expect(await react(client, emojiOf(40))).toBe("too_many_reactions");
  // Once more is no more.
  expect(await react(client, emojiOf(3))).toBe("ack");
  expect(await react(client, emojiOf(3), false)).toBe("ack");
  expect(await react(client, emojiOf(40))).toBe("ack");
  expect(await react(client, emojiOf(41))).toBe("too_many_reactions");
  expect(await emojiInLog(sessionId)).not.toContain(emojiOf(41));
  store.end();
});

test("a reaction beyond the bounds - of a message is refused with what the store says, and one that is there can be joined", async () => {
  const client = await world.join(await sessionWithMessage());
  const store = await storeWith(() => byOthers(limits.messageEmoji));
  expect(await react(client, "👍")).toBe("too_many_reactions");
  expect(await react(client, emojiOf(7))).toBe("ack");
  expect(store.readers).toHaveLength(2);
  expect(new Set(store.readers)).toEqual(new Set([client.of("connection")[0]?.user.id]));
  store.end();
});

test("a reaction beyond the bounds - is refused over HTTP as a problem of its own", async () => {
  const store = await storeWith(() => byOthers(limits.messageEmoji));
  const sessionId = await sessionWithMessage();
  const answer = await world.get(`/api/sessions/${sessionId}/frames`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "reaction", messageId, emoji: "👍", on: true }),
  });
  expect([answer.status, answer.body["code"]]).toEqual([409, "too_many_reactions"]);
  store.end();
});

test("a reaction beyond the bounds - that was stored before there was so many is acknowledged again", async () => {
  const sessionId = await sessionWithMessage();
  const client = await world.join(sessionId);
  const id = youngId();
  const { lastSeq } = await world.log.bounds();
  expect(await react(client, "👍", true, id)).toBe("ack");
  await react(client, "👍", false);
  const store = await storeWith(() => byOthers(limits.messageEmoji), lastSeq);
  expect(await react(client, "👍", true, id)).toBe("duplicate");
  expect(await react(client, "🎉", true, id)).toBe("conflict");
  expect(await emojiInLog(sessionId)).toEqual(["👍", "👍"]);
  store.end();
});

test("a reaction beyond the bounds - is stored with the store away, since nobody can know", async () => {
  const client = await world.join(await sessionWithMessage());
  for (const n of numbers(limits.userEmoji + 1)) expect(await react(client, emojiOf(n))).toBe("ack");
});

test("a reaction that is taken back - is refused unless its user has set it, and is acknowledged again under the same id", async () => {
  const sessionId = await sessionWithMessage();
  const [ann, bob] = [await world.join(sessionId), await world.join(sessionId)];
  const store = await storeWith(() => byOthers(1));
  const id = youngId();
  expect(await react(ann, "👍", false)).toBe("not_found");
  expect(await react(ann, emojiOf(0), false)).toBe("not_found");
  expect(await react(ann, "👍")).toBe("ack");
  expect(await react(bob, "👍", false)).toBe("not_found");
  expect(await react(ann, "👍", false, id)).toBe("ack");
  expect(await react(ann, "👍", false)).toBe("not_found");
  expect(await react(ann, "👍", false, id)).toBe("duplicate");
  expect(await emojiInLog(sessionId)).toEqual(["👍", "👍"]);
  store.end();
});

test("a reaction that is taken back - is stored with the store away, since nobody can know whether it was set", async () => {
  const client = await world.join(await sessionWithMessage());
  expect(await react(client, "👍", false)).toBe("ack");
});

test("a reaction that is no emoji - is refused, and the socket stays", async () => {
  const sessionId = await sessionWithMessage();
  const client = await world.join(sessionId);
  for (const emoji of ["x", "1", "👍👍", "a\u0301\u0302"])
    expect(await react(client, emoji)).toBe("bad_emoji");
  expect(await emojiInLog(sessionId)).toEqual([]);
  expect(client.isOpen).toBe(true);
});

test("a reaction that is no emoji - and was stored by an earlier natter can be taken back by its user, and by nobody else", async () => {
  const sessionId = await sessionWithMessage();
  const [ann, bob] = [await world.join(sessionId), await world.join(sessionId)];
  const annId = ann.of("connection")[0]?.user.id ?? "";
  const store = await storeWith(() => [{ emoji: "+1", count: 1, users: [annId] }]);
  expect(await react(bob, "+1", false)).toBe("bad_emoji");
  expect(await react(ann, "+1", false)).toBe("ack");
  expect(await react(ann, "+1", false)).toBe("bad_emoji");
  expect(await react(ann, "+1")).toBe("bad_emoji");
  store.end();
});

test("a page - lists the caller among those who reacted, and cuts the others", async () => {
  const sessionId = newSession();
  await world.append(sessionId, messageEvent(messageId));
  const users = numbers(limits.reactionUsers + 5).map((n) => `user-${n}`);
  for (const [n, id] of users.entries()) {
    const user = { id, name: id };
    const event = { type: "reaction", id: `r${n}`, user, sentAt: "", messageId, emoji: "👍", on: true };
    await world.append(sessionId, event);
  }
  const client = await world.join(sessionId);
  await react(client, "👍");
  const [connection] = client.of("connection");
  const own = await world.get(`/api/sessions/${sessionId}/messages?guest=${connection?.guestToken}`);
  const page = own.body["messages"] as { reactions: Reaction[] }[];
  const [reaction] = page[0]?.reactions ?? [];
  expect(reaction?.count).toBe(users.length + 1);
  expect(reaction?.users).toHaveLength(limits.reactionUsers);
  expect(reaction?.users).toContain(connection?.user.id);
});

test("a page - can be read although what is in the log is no reaction", async () => {
  const sessionId = newSession();
  await world.append(sessionId, messageEvent(messageId));
  const user = { id: "u", name: "u" };
  for (const [n, emoji] of [undefined, 7, null, { $gt: "" }, "x".repeat(60_000)].entries())
    await world.append(sessionId, {
      type: "reaction",
      id: `r${n}`,
      user,
      sentAt: "",
      messageId,
      emoji,
      on: true,
    });
  const { status, body } = await world.get(`/api/sessions/${sessionId}/messages`);
  expect(status).toBe(200);
  expect(body["messages"]).toMatchObject([{ message: messageId }]);
  expect(JSON.stringify(body)).not.toContain("reactions");
});
