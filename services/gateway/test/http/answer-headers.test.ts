import { afterAll, beforeAll, expect, test } from "vitest";
import { RawSocket, upgradeRequest } from "../support/raw-socket.ts";
import { ask, eventsRequest, portOf, wantsEvents } from "../support/raw-requests.ts";
import { newSession, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => world?.[Symbol.asyncDispose]());

const host = "Host: localhost";

test.each([
  "GET /api/sessions/x/frames",
  "GET /api/sessions?limit=0",
  "GET /openapi.json",
  "GET /livez",
  "GET /nothing",
  "GET /%zz",
  "POST /api/sessions/x/frames",
  "DELETE /api/sessions/bad.id",
])("an answer - to %s is kept nowhere, is no other type, and is nothing for other sites", async (request) => {
  const { head } = await ask(world, [`${request} HTTP/1.1`, host, "Content-Length: 0"]);
  expect(head).toMatch(/^cache-control: no-store$/im);
  expect(head).toMatch(/^x-content-type-options: nosniff$/im);
  expect(head).toMatch(/^cross-origin-resource-policy: same-origin$/im);
});

test("an answer - that is refused at the door says the same of itself", async () => {
  const { status, head } = await ask(world, ["GET / HTTP/1.1", "Host: evil.example"]);
  expect([status, head]).toEqual([403, expect.stringMatching(/^cache-control: no-store$/im)]);
});

test("an answer - of events does, too", async () => {
  const { head } = await ask(world, [eventsRequest(), host, wantsEvents]);
  expect(head).toMatch(/^cache-control: no-store, no-transform$/im);
  expect(head).toMatch(/^x-content-type-options: nosniff$/im);
  expect(head).toMatch(/^cross-origin-resource-policy: same-origin$/im);
});

test.each([
  "/",
  "/api/sessions",
  "/api/search?q=x",
  "/api/sessions/x",
  "/api/sessions/x/messages",
  "/api/sessions/x/events",
  "/livez",
  "/readyz",
  "/openapi.json",
  "/nothing",
  "/ws",
  "/ws/chat/",
  "/ws/chat/a/b",
])("an upgrade - at %s, where no WebSocket is, is answered and closed", async (path) => {
  const raw = await RawSocket.connect(portOf(world));
  raw.write(upgradeRequest(path, [wantsEvents]));
  expect(await raw.head()).toMatch(/^HTTP\/1\.1 4\d\d /);
  await expect.poll(() => raw.isClosed).toBe(true);
});

/** The answer to a change of a session, and what the log holds of it. */
async function change(body: object) {
  const sessionId = newSession();
  const stop = await world.answerRpc("details", () => ({
    ok: true,
    details: {},
    readMarks: [],
    epoch: world.log.epoch,
    appliedSeq: 0,
  }));
  const { status } = await world.get(`/api/sessions/${sessionId}`, {
    method: "PATCH",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  stop();
  return { status, events: await world.events(sessionId) };
}

test("what a person calls a session - is one line that turns and hides nothing, and its prompt has nothing but lines", async () => {
  const hostile = "\u202Eevil\u0000 \u001B[2J\r\nsecond\u2028third\u2066";
  const { status, events } = await change({ title: hostile, systemPrompt: hostile });
  expect(status).toBe(200);
  expect(events).toMatchObject([{ title: "evil [2J second third", systemPrompt: "evil [2J\nsecond\nthird" }]);
});

test("what a person calls a session - may be nothing", async () => {
  expect((await change({ title: "", systemPrompt: "" })).events).toMatchObject([
    { title: "", systemPrompt: "" },
  ]);
  expect((await change({ title: "\u202E\u0007" })).events).toMatchObject([{ title: "" }]);
});
