import { limits, type SessionPlace } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => world?.[Symbol.asyncDispose]());

const entryOf = (sessionId: string): object => ({
  sessionId,
  lastActivity: "2026-01-01T00:00:00.000Z",
  pinned: false,
  archived: false,
});

test("the list of sessions - comes in pages: what one says is next asks the store for what comes after it", async () => {
  const place: SessionPlace = { pinned: true, activity: 'key"한국어 é', sessionId: "s-1" };
  const asked: unknown[] = [];
  const stop = await world.answerRpc("sessions", ({ after, limit, archived }) => {
    asked.push({ after, limit, archived });
    const sessions = [entryOf(after === undefined ? "s-1" : "s-2")] as never[];
    const applied = { ok: true, epoch: world.log.epoch, appliedSeq: 0 } as const;
    return { ...applied, sessions, ...(after === undefined ? { next: place } : {}) };
  });
  const first = await world.get("/api/sessions");
  expect(first.body["sessions"]).toMatchObject([{ sessionId: "s-1" }]);
  const next = String(first.body["next"]);
  const second = await world.get(`/api/sessions?limit=7&archived=true&after=${next}`);
  expect(second.body).toEqual({ sessions: [entryOf("s-2")] });
  expect(asked).toEqual([
    { after: undefined, limit: 200, archived: false },
    { after: place, limit: 7, archived: true },
  ]);
  stop();
});

const longest = { pinned: false, activity: "a".repeat(limits.sessionPlaceLength), sessionId: "s" };
test.each([
  ["nothing", ""],
  ["no place", "x"],
  ["no text at all", "%00"],
  ["another thing", encode({ pinned: 1, activity: "a", sessionId: "s" })],
  ["a session that cannot be", encode({ ...longest, sessionId: "a.b" })],
  ["too long a text", encode({ ...longest, activity: "a".repeat(limits.sessionPlaceLength + 1) })],
])("the list of sessions - is refused after %s, and the store is not asked", async (_name, after) => {
  const { status, body } = await world.get(`/api/sessions?after=${after}`);
  expect([status, body["code"]]).toEqual([400, "bad_request"]);
});

test("the list of sessions - asks the store after the longest place that can be", async () => {
  const stop = await world.answerRpc("sessions", ({ after }) => {
    expect(after).toEqual(longest);
    return { ok: true, epoch: world.log.epoch, appliedSeq: 0, sessions: [] };
  });
  expect((await world.get(`/api/sessions?after=${encode(longest)}`)).status).toBe(200);
  stop();
});

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
