import { guestTokenOf } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../support/socket-client.ts";
import { newSession, waitFor, World, type Gateway } from "../support/world.ts";

/** The default times, divided by twenty. */
const times = { heartbeatMs: 250, downMs: 700, graceMs: 500, resyncMs: 1_500, relayMs: 50 };

let world: World;
let other: Gateway;

beforeAll(async () => {
  world = await World.start({}, { presence: times });
  other = await world.anotherGateway({}, { presence: times });
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

function as(name: string): string {
  return `name=${name}&guest=${guestTokenOf(name)}`;
}

function joinsOf(client: TestClient): string[] {
  return client.of("user_join").map(({ user }) => user.name);
}

function leavesOf(client: TestClient): string[] {
  return client.of("user_leave").map(({ user }) => user.name);
}

/** Everybody that a client knows to be here, as a client keeps it. */
function herePerClient(client: TestClient): string[] {
  const here = new Map<string, string>();
  for (const frame of client.frames) {
    if (frame.type === "connection") for (const { id, name } of frame.users) here.set(id, name);
    if (frame.type === "user_join") here.set(frame.user.id, frame.user.name);
    if (frame.type === "user_leave") here.delete(frame.user.id);
  }
  return [...here.values()].sort();
}

test("presence - says who is here when one comes, who comes and who goes, across gateways", async () => {
  const sessionId = newSession();
  const ann = await world.join(sessionId, as("Ann"));
  expect(ann.of("connection")[0]?.users.map(({ name }) => name)).toEqual(["Ann"]);
  const bob = await world.join(sessionId, as("Bob"), other);
  await waitFor(() => herePerClient(bob).length === 2 && herePerClient(ann).length === 2, {
    what: "both to know of both",
  });
  const cho = await world.join(sessionId, as("Cho"));
  expect(
    cho
      .of("connection")[0]
      ?.users.map(({ name }) => name)
      .sort(),
  ).toEqual(["Ann", "Bob", "Cho"]);
  await waitFor(() => herePerClient(bob).length === 3, { what: "Bob to know of Cho" });
  expect(joinsOf(ann).sort()).toEqual(["Bob", "Cho"]);
  // Nobody is told of their own coming.
  expect([joinsOf(bob).includes("Bob"), joinsOf(cho)]).toEqual([false, []]);

  bob.close();
  await waitFor(() => leavesOf(ann).includes("Bob") && leavesOf(cho).includes("Bob"), {
    what: "Bob to leave",
  });
  expect(herePerClient(ann)).toEqual(["Ann", "Cho"]);
});

test("presence - is about one session and no other", async () => {
  const ann = await world.join(newSession(), as("Ann"));
  await world.join(newSession(), as("Bob"));
  await ann.roundTrip();
  expect(herePerClient(ann)).toEqual(["Ann"]);
});

test("presence - shows a new name without a leave", async () => {
  const sessionId = newSession();
  const ann = await world.join(sessionId, as("Ann"));
  const token = guestTokenOf("Bob");
  const first = await world.join(sessionId, `name=Bob&guest=${token}`);
  await ann.next("user_join");
  first.close();
  await world.join(sessionId, `name=Robert&guest=${token}`);
  await waitFor(() => herePerClient(ann).includes("Robert"), { what: "the new name" });
  expect([joinsOf(ann), leavesOf(ann)]).toEqual([["Bob", "Robert"], []]);
  expect(herePerClient(ann)).toEqual(["Ann", "Robert"]);
});

test("presence - counts readers of the event stream", async () => {
  const sessionId = newSession();
  const ann = await world.join(sessionId, as("Ann"));
  const abort = new AbortController();
  const path = `/api/sessions/${sessionId}/events?${as("Bob")}`;
  const stream = await fetch(other.url + path, {
    headers: { accept: "text/event-stream" },
    signal: abort.signal,
  });
  expect(stream.status).toBe(200);
  await waitFor(() => joinsOf(ann).includes("Bob"), { what: "Bob" });
  abort.abort();
  await waitFor(() => leavesOf(ann).includes("Bob"), { what: "Bob to leave" });
});

test("is right again after the broker was away", async () => {
  const sessionId = newSession();
  const ann = await world.join(sessionId, as("Ann"));
  const bob = await world.join(sessionId, as("Bob"), other);
  await waitFor(() => herePerClient(ann).length === 2, { what: "Bob" });
  await world.server.kill("SIGKILL");
  bob.close();
  await waitFor(() => world.gateway.logger.lines.some(({ message }) => message === "broker away"), {
    what: "the loss of the connection",
  });
  await world.server.restart();
  await waitFor(() => leavesOf(ann).includes("Bob"), { what: "Bob to leave", timeoutMs: 20_000 });
  const cho = await waitFor(async () => world.join(sessionId, as("Cho"), other).catch(() => undefined), {
    what: "Cho to come in",
    timeoutMs: 20_000,
  });
  await waitFor(() => herePerClient(ann).includes("Cho"), { what: "Cho" });
  await waitFor(() => herePerClient(cho).includes("Ann"), { what: "Ann" });
  expect(herePerClient(ann)).toEqual(["Ann", "Cho"]);
}, 60_000);
