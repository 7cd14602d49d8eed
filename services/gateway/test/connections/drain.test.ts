import { closeCodes } from "@natter/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { youngId } from "../support/client-ids.ts";
import { isChain, PacedReader } from "../support/pausable-client.ts";
import { messageEvent, newSession, waitFor, World } from "../support/world.ts";

const listening = { headers: { accept: "text/event-stream" } };

let world: World;

beforeEach(async () => {
  world = await World.start();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

test("a gateway that is told to stop - tells every socket when to come back, then closes them one slice after another", async () => {
  const clients = await Promise.all(Array.from({ length: 40 }, async () => world.join(newSession())));
  const stopped = world.gateway.stop();
  const waits = await Promise.all(clients.map(async (client) => (await client.next("going_away")).afterMs));
  expect(new Set(waits).size).toBeGreaterThan(1);
  expect(Math.max(...waits)).toBeLessThanOrEqual(2_000);

  await waitFor(() => clients.some(({ isOpen }) => !isOpen), { what: "the first slice" });
  expect(clients.filter(({ isOpen }) => isOpen).length).toBeGreaterThan(20);
  for (const client of clients) expect(await client.closed()).toEqual({ code: 4000, reason: "going_away" });
  await stopped;
});

test("a gateway that is told to stop - goes on serving a socket until it is its turn, and answers everything that it has read", async () => {
  const sessionId = newSession();
  const clients = await Promise.all(Array.from({ length: 20 }, async () => world.join(sessionId)));
  const stopped = world.gateway.stop();
  const sent = new Map<string, number>();
  for (const [index, client] of clients.entries()) {
    await client.next("going_away");
    for (let n = 0; n < 5; n++) {
      const id = youngId();
      sent.set(id, index);
      if (client.isOpen) client.send({ type: "message", id, message: `${index}/${n}` });
    }
  }
  for (const client of clients) await client.closed();
  await stopped;

  const stored = (await world.events(sessionId)).flatMap((event) =>
    event.type === "message" && event.clientId ? [event.clientId] : [],
  );
  const acked = clients.flatMap((client) => client.of("ack").map(({ id }) => id));
  expect(acked.length).toBeGreaterThan(50);
  expect(acked.toSorted()).toEqual(stored.toSorted());
});

test("a gateway that is told to stop - sends a reader away in the middle of its replay, which goes on elsewhere", async () => {
  const sessionId = newSession();
  const seqs: number[] = [];
  for (let n = 0; n < 300; n++)
    seqs.push(await world.append(sessionId, messageEvent(`m${n}`, "x".repeat(4_096))));
  const begin = (seqs[0] ?? 0) - 1;
  const query = `since=${world.log.epoch}.${begin}`;
  const reader = await PacedReader.pausedIn(world.gateway.url, sessionId, query);
  const stopped = world.gateway.stop();
  reader.webSocket.resume();
  await waitFor(() => reader.closeCode !== undefined, { what: "its end" });
  expect(reader.closeCode).toBe(closeCodes.going_away.code);
  expect(isChain(begin, reader.durable)).toBe(true);
  await stopped;
});

test("a gateway that is told to stop - takes nobody new, and says so to whoever asks whether it is ready", async () => {
  const client = await world.join(newSession());
  const stopped = world.gateway.stop();
  await client.next("going_away");
  const late = world.client(newSession());
  expect((await late.closed()).code).toBe(1006);
  expect(await world.get("/readyz")).toMatchObject({ status: 503 });
  expect(await world.get("/livez")).toMatchObject({ status: 200 });
  expect(await world.get(`/api/sessions/${newSession()}/events`, listening)).toMatchObject({
    status: 503,
    body: { code: "temporary" },
  });
  await stopped;
});

test("a gateway that is told to stop - ends event streams with the reason", async () => {
  const response = await fetch(`${world.gateway.url}/api/sessions/${newSession()}/events`, listening);
  const stopped = world.gateway.stop();
  const text = await response.text();
  expect(text).toContain('event: end\ndata: {"code":4000,"reason":"going_away"}');
  await stopped;
});
