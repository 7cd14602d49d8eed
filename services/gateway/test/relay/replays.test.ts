import { closeCodes, limits, type RpcReply, type ServerFrame } from "@natter/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { youngId } from "../support/client-ids.ts";
import { eventStream } from "../support/event-stream.ts";
import { messageEvent, newSession, replyFrames, waitFor, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const secret = "secret-diagnosis";
const ann = { id: "guest-1", name: "Ann" };
const ben = { id: "guest-2", name: "Ben" };
const attachments = [{ id: "a", name: `${secret}.png`, mimeType: "image/png", sizeBytes: 1 }];
let events = 0;

function event(type: string, own: object): object {
  events++;
  return { type, id: `e${events}`, user: ann, sentAt: `2026-01-02T00:00:0${events % 10}.000Z`, ...own };
}

/** What a stranger with the cursor `seq` is sent. */
async function replayOf(
  sessionId: string,
  seq: number,
): Promise<{ recovered: boolean; frames: ServerFrame[] }> {
  const stranger = await world.join(sessionId, `since=${world.log.epoch}.${seq}`);
  await stranger.roundTrip();
  stranger.close();
  const { recovered = false } = stranger.of("connection")[0] ?? {};
  return { recovered, frames: stranger.frames.filter((frame) => "seq" in frame && frame.type !== "ack") };
}

let endStore: (() => void) | undefined;

afterEach(() => endStore?.());

/** Until the test is over there is a store that knows who began a session. */
async function storeThatKnows(firstAuthor: string): Promise<void> {
  endStore = await world.answerRpc("details", (): RpcReply<"details"> => {
    const { epoch } = world.log;
    return { ok: true, epoch, appliedSeq: 0, details: { firstAuthor }, readMarks: [] };
  });
}

test("a message that was deleted - comes as a tombstone, and so do its edits, whatever the cursor", async () => {
  const sessionId = newSession();
  const begin = await world.append("noise", messageEvent("noise"));
  await world.append(sessionId, { ...messageEvent("d", secret), attachments });
  await world.append(sessionId, messageEvent("kept", "kept"));
  await world.append(sessionId, event("message_edited", { messageId: "d", message: `edited ${secret}` }));
  await world.append(sessionId, event("message_edited", { messageId: "kept", message: "edited" }));
  const deletion = event("message_deleted", { messageId: "d" });
  await world.append(sessionId, deletion);
  const last = await world.append(
    sessionId,
    event("message_edited", { messageId: "d", message: `late ${secret}` }),
  );
  const { recovered, frames } = await replayOf(sessionId, begin);
  const { sentAt: deletedAt } = deletion as { sentAt: string };
  expect(recovered).toBe(true);
  expect(frames).toMatchObject([
    { type: "message", id: "d", message: "", deletedAt },
    { type: "message", id: "kept", message: "kept" },
    { type: "message_edited", messageId: "d", message: "", deletedAt },
    { type: "message_edited", messageId: "kept", message: "edited" },
    { type: "message_deleted", messageId: "d" },
    { type: "message_edited", messageId: "d", message: "", deletedAt },
  ]);
  // Where it stands behind its cursor, nobody sees any more that the last edit is of a deleted message.
  for (const seq of Array.from({ length: last + 1 }, (_, n) => n).filter((n) => n !== last - 1))
    expect(JSON.stringify((await replayOf(sessionId, seq)).frames)).not.toContain(secret);
});

test("a message that was deleted - by somebody else comes as it is", async () => {
  const sessionId = newSession();
  const seq = await world.append(sessionId, messageEvent("mine", "mine"));
  await world.append(sessionId, event("message_edited", { messageId: "mine", message: "edited" }));
  await world.append(sessionId, event("message_deleted", { messageId: "mine", user: ben }));
  const { frames } = await replayOf(sessionId, seq - 1);
  expect(frames).toMatchObject([{ message: "mine" }, { message: "edited" }, { type: "message_deleted" }]);
  expect(frames.some((frame) => "deletedAt" in frame)).toBe(false);
});

test("a message that was deleted - is one on an event stream, too", async () => {
  const sessionId = newSession();
  const seq = await world.append(sessionId, messageEvent("d", secret));
  await world.append(sessionId, event("message_deleted", { messageId: "d" }));
  await using stream = await eventStream(world.gateway.url, sessionId, `since=${world.log.epoch}.${seq - 1}`);
  await waitFor(() => stream.text.includes("message_deleted"), { what: "the deletion" });
  expect(stream.text).not.toContain(secret);
  expect(stream.text).toMatch(/"message":"",.*"deletedAt":/);
});

const reply = replyFrames("m.p");
const words = { ...reply.complete(1), message: secret, reasoning: secret };

/** What was said before, the deletion, what ended after it, and a new beginning. */
async function deletedSession(by: typeof ann): Promise<{ sessionId: string; first: number; last: number }> {
  const sessionId = newSession();
  const first = await world.append(sessionId, messageEvent("before", secret));
  await world.append(sessionId, reply.start());
  await world.append(sessionId, event("session_updated", { title: secret }));
  await world.append(sessionId, event("session_deleted", { user: by }));
  await world.append(sessionId, words);
  await world.append(sessionId, event("session_updated", { title: secret, user: { id: "ai", name: "AI" } }));
  const last = await world.append(sessionId, messageEvent("after", "after"));
  return { sessionId, first, last };
}

test("a session that was deleted - ends with its deletion, and takes nothing that was meant for it", async () => {
  const { sessionId, first, last } = await deletedSession(ann);
  await storeThatKnows(ann.id);
  for (const since of [0, first, first + 1, first + 2]) {
    const stranger = world.client(sessionId, `since=${world.log.epoch}.${since}`);
    stranger.sendWhenOpen({ message: "written before the deletion was known", id: youngId() });
    expect(await stranger.closed()).toMatchObject({ code: closeCodes.session_deleted.code });
    expect(stranger.frames).toMatchObject([
      { type: "connection", recovered: true },
      { type: "session_deleted", prev: since },
    ]);
  }
  expect((await world.log.last(sessionId))?.seq).toBe(last);
});

test("a session that was deleted - goes on for who knows its deletion", async () => {
  const { sessionId, last } = await deletedSession(ann);
  await storeThatKnows(ann.id);
  const answer = { ...replyFrames("after.after").complete(2), promptId: "after", messageId: "after" };
  await world.append(sessionId, answer);
  await world.append(sessionId, event("session_updated", { title: "new", user: { id: "ai", name: "AI" } }));
  const { recovered, frames } = await replayOf(sessionId, last - 1);
  expect(recovered).toBe(true);
  expect(frames).toMatchObject([{ message: "after" }, { message: "0 1 " }, { title: "new" }]);
});

test("a session that was deleted - is whole if somebody else deleted it", async () => {
  const { sessionId, first } = await deletedSession(ben);
  await storeThatKnows(ann.id);
  const { recovered, frames } = await replayOf(sessionId, first - 1);
  expect([recovered, frames.length]).toEqual([true, 7]);
  expect(frames[0]).toMatchObject({ message: secret });
});

test("a session that was deleted - is not replayed while nobody can say who may delete it", async () => {
  const { sessionId, first, last } = await deletedSession(ann);
  expect(await replayOf(sessionId, first - 1)).toEqual({ recovered: false, frames: [] });
  expect(await replayOf(sessionId, last - 1)).toMatchObject({ recovered: true, frames: [{ id: "after" }] });
});

test("a replay - has so many events, and with one more there is none", async () => {
  const sessionId = newSession();
  const first = await world.append(sessionId, messageEvent("first"));
  const rest = Array.from({ length: limits.replayEvents }, (_, n) => messageEvent(`n${n}`));
  await Promise.all(rest.map(async (message) => world.append(sessionId, message)));
  const whole = await replayOf(sessionId, first);
  expect([whole.recovered, whole.frames.length]).toEqual([true, limits.replayEvents]);
  expect(await replayOf(sessionId, first - 1)).toEqual({ recovered: false, frames: [] });
});

test("a replay - has so many bytes, and with more there is none", async () => {
  const sessionId = newSession();
  const empty = JSON.stringify(messageEvent("0".repeat(4), "")).length;
  const count = 8;
  const text = "x".repeat(limits.replayBytes / count - empty);
  const seqs: number[] = [];
  for (let n = 0; n <= count; n++)
    seqs.push(await world.append(sessionId, messageEvent(`${n}`.padStart(4, "0"), text)));
  const whole = await replayOf(sessionId, seqs[0] ?? 0);
  expect([whole.recovered, whole.frames.length]).toEqual([true, count]);
  expect(await replayOf(sessionId, (seqs[0] ?? 0) - 1)).toEqual({ recovered: false, frames: [] });
});
