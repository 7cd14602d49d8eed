import { limits, type RpcReply, type SessionDetails, type ReadMark } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageEvent, newSession, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => world?.[Symbol.asyncDispose]());

const ann = { id: "ann", name: "Ann" };
const bob = { id: "bob", name: "Bob" };
const cid = { id: "cid", name: "Cid" };
const sentAt = "2026-01-01T00:00:00.000Z";

let reads = 0;
const read = (user: typeof ann, messageId: string): object => {
  reads++;
  return { type: "read_receipt", id: `read-${reads}`, user, sentAt, messageId };
};

/** What the gateway says of a session of which the store knows this, up to an event. */
async function told(
  sessionId: string,
  stored: { details?: SessionDetails; readMarks?: ReadMark[]; appliedSeq: number },
  query = "",
): Promise<Record<string, unknown>> {
  const { details = {}, readMarks = [], appliedSeq } = stored;
  const { epoch } = world.log;
  const stop = await world.answerRpc("details", () => ({
    ok: true,
    details,
    readMarks,
    epoch,
    appliedSeq,
  }));
  const { body } = await world.get(`/api/sessions/${sessionId}${query}`);
  stop();
  return body;
}

test("a session's details and read marks are what the store says, and the log after it", async () => {
  const sessionId = newSession();
  await world.append(sessionId, messageEvent("m1"));
  const appliedSeq = await world.append(sessionId, messageEvent("m2"));
  await world.append(sessionId, read(bob, "m1"));
  await world.append(sessionId, read(ann, "m2"));
  await world.append(sessionId, { type: "session_updated", id: "t1", user: ann, sentAt, title: "New" });
  const readMarks = [ann, cid].map((user) => ({ user, messageId: "m1" }));
  expect(await told(sessionId, { details: { title: "Old", model: "m" }, readMarks, appliedSeq })).toEqual({
    sessionId,
    title: "New",
    model: "m",
    canDelete: false,
    readMarks: [
      { user: ann, messageId: "m2" },
      { user: bob, messageId: "m1" },
      { user: cid, messageId: "m1" },
    ],
  });
});

test("whoever began a session is told that they may delete it, everybody else that they may not", async () => {
  const sessionId = newSession();
  const { user, guestToken = "" } = await world.client(sessionId).next("connection");
  const begun = { details: { firstAuthor: user.id }, appliedSeq: 0 };
  const own = await told(sessionId, begun, `?guest=${guestToken}`);
  expect(own).toMatchObject({ canDelete: true });
  const others = await told(sessionId, begun);
  expect(others).toMatchObject({ canDelete: false });
  expect(JSON.stringify(others)).not.toContain(user.id);
  // Nobody has begun this one.
  expect(await told(newSession(), { appliedSeq: 0 })).toMatchObject({ canDelete: false });
});

test("of many readers the latest are told", async () => {
  const sessionId = newSession();
  const readMarks = Array.from({ length: limits.readMarks }, (_, number) => ({
    user: { id: `u${number}`, name: "Somebody" },
    messageId: "m1",
  }));
  const appliedSeq = await world.append(sessionId, messageEvent("m1"));
  await world.append(sessionId, read(ann, "m1"));
  const body = await told(sessionId, { readMarks, appliedSeq });
  const marks = body["readMarks"] as ReadMark[];
  expect(marks).toHaveLength(limits.readMarks);
  expect(marks[0]?.user).toEqual(ann);
  expect(marks.at(-1)).toEqual(readMarks.at(-2));
});

test("marks are gone with a session that was deleted", async () => {
  const sessionId = newSession();
  const appliedSeq = await world.append(sessionId, messageEvent("m1"));
  await world.append(sessionId, { type: "session_deleted", id: "d1", user: ann, sentAt });
  const readMarks = [{ user: ann, messageId: "m1" }];
  expect((await told(sessionId, { readMarks, appliedSeq }))["readMarks"]).toEqual([]);
});

test("a session is given no model that the server does not offer, and one that it does", async () => {
  const sessionId = newSession();
  const { epoch } = world.log;
  const stop = await world.answerRpc("details", () => ({
    ok: true,
    details: {},
    readMarks: [],
    epoch,
    appliedSeq: 0,
  }));
  const change = async (body: object) =>
    world.get(`/api/sessions/${sessionId}`, {
      method: "PATCH",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  for (const model of ["gpt-5-pro-most-expensive", "Small", "small ", " ", "__proto__", "small,large"]) {
    const refused = await change({ model, title: "New" });
    expect(refused).toMatchObject({ status: 400, body: { code: "bad_model", temporary: false } });
    expect(refused.body["title"]).toContain("small, large");
  }
  expect(await world.events(sessionId)).toEqual([]);
  expect(await change({ model: "large" })).toMatchObject({ status: 200, body: { model: "large" } });
  expect(await world.events(sessionId)).toMatchObject([{ type: "session_updated", model: "large" }]);
  stop();
});

test("a deletion by somebody else takes nothing, and one by who began the session takes its title", async () => {
  for (const [by, title] of [
    [bob, "Title"],
    [ann, undefined],
  ] as const) {
    const sessionId = newSession();
    const appliedSeq = await world.append(sessionId, messageEvent("m1"));
    await world.append(sessionId, { type: "session_deleted", id: "d1", user: by, sentAt });
    const updated = { type: "session_updated", id: "t1", user: { id: "ai", name: "AI" }, sentAt };
    if (title === undefined) await world.append(sessionId, { ...updated, title: "What it was about" });
    const details = { firstAuthor: ann.id, title: "Title" };
    expect((await told(sessionId, { details, appliedSeq }))["title"]).toBe(title);
  }
});

test("a mark of a session that nobody began is refused, and nothing is stored for it", async () => {
  const marked: unknown[] = [];
  const stopMark = await world.answerRpc("mark", (question) => {
    marked.push(question["sessionId"]);
    return { ok: true, epoch: world.log.epoch, appliedSeq: 0 } as unknown as RpcReply<"mark">;
  });
  const stopDetails = await world.answerRpc("details", () => ({
    ok: true,
    details: {},
    readMarks: [],
    epoch: world.log.epoch,
    appliedSeq: 0,
  }));
  const patch = async (sessionId: string, change: object): Promise<number> =>
    (
      await world.get(`/api/sessions/${sessionId}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(change),
      })
    ).status;
  for (const change of [
    { pinned: true },
    { archived: true },
    { pinned: false },
    { title: "x", pinned: true },
  ]) {
    const sessionId = newSession();
    expect([change, await patch(sessionId, change)]).toEqual([change, 404]);
    expect(await world.log.last(sessionId)).toBeUndefined();
  }
  const begun = newSession();
  await world.append(begun, messageEvent("m1"));
  expect(await patch(begun, { pinned: true })).toBe(200);
  expect(marked).toEqual([begun]);
  stopMark();
  stopDetails();
});
