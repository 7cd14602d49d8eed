import { operatorOf } from "@natter/session-log/testing";
import { streamName, subjects } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageEvent, newSession, replyFrames, waitFor, World } from "../support/world.ts";
import type { TestClient } from "../support/socket-client.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Every live frame names the one before: a hole would show. */
function chainOf(client: TestClient): [prev: number | undefined, seq: number | undefined][] {
  return client.of("message").map(({ prev, seq }) => [prev, seq]);
}

function chainFrom(begin: number, seqs: readonly number[]): [prev: number, seq: number][] {
  return seqs.map((seq, index) => [seqs[index - 1] ?? begin, seq]);
}

async function appendAll(sessionId: string, count: number): Promise<number[]> {
  const seqs: number[] = [];
  for (let n = 0; n < count; n++) seqs.push(await world.append(sessionId, messageEvent(`m${n}`)));
  return seqs;
}

/**
 * Stores an event whose live message is lost on the way, as a broker does that is killed between the two: the
 * stream's republish is off for a moment.
 */
async function appendUnheard(sessionId: string, ...events: readonly object[]): Promise<number> {
  const { streams } = operatorOf(world.log);
  const { config } = await streams.info(streamName);
  // An update keeps what is not named, so it is named as nothing.
  await streams.update(streamName, { ...config, republish: undefined } as unknown as typeof config);
  try {
    let seq = 0;
    for (const event of events) seq = await world.append(sessionId, event);
    return seq;
  } finally {
    await streams.update(streamName, config);
  }
}

test("live events - come with their place and their predecessor's, to every socket of the session, and to no other", async () => {
  const sessionId = newSession();
  const clients = await Promise.all([world.join(sessionId), world.join(sessionId)]);
  const stranger = await world.join(newSession());
  const seqs: number[] = [];
  for (let n = 0; n < 20; n++) {
    await world.append("noise", messageEvent(`noise${n}`));
    seqs.push(await world.append(sessionId, messageEvent(`m${n}`)));
  }
  for (const client of clients) {
    await waitFor(() => client.of("message").length === 20, { what: "every message" });
    expect(chainOf(client)).toEqual(chainFrom(0, seqs));
  }
  await stranger.roundTrip();
  expect(stranger.of("message")).toEqual([]);
});

test("live events - are the same through two gateways", async () => {
  const sessionId = newSession();
  const other = await world.anotherGateway();
  const clients = [await world.join(sessionId), await world.join(sessionId, "", other)];
  clients[0]?.send({ message: "from one" });
  clients[1]?.send({ message: "from two" });
  for (const client of clients) await waitFor(() => client.of("message").length === 2, { what: "both" });
  expect(clients[0]?.of("message")).toEqual(clients[1]?.of("message"));
});

test("live events - that are no frames are skipped, and nothing behind them is lost", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const first = await world.append(sessionId, messageEvent("m1"));
  await world.log.append(sessionId, new TextEncoder().encode("not a frame"), {
    eventId: `bad-${sessionId}`,
  });
  await appendUnheard(sessionId, messageEvent("m2"));
  await world.log.append(sessionId, new TextEncoder().encode("[1]"), { eventId: `bad2-${sessionId}` });
  await world.append(sessionId, messageEvent("m3"));
  await waitFor(() => client.of("message").length === 3, { what: "the messages" });
  expect(client.of("message").map(({ id }) => id)).toEqual(["m1", "m2", "m3"]);
  expect(client.of("message")[1]?.prev).toBe(first);
});

test("live events - survive whatever else is said on the live subject", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  for (const text of [
    "",
    "?",
    "{}",
    "null",
    '{"type":"ai_chunk",',
    '{"type":"poke","seq":"x"}',
    '{"type":"poke",',
  ])
    world.connection.publish(subjects.live(sessionId), new TextEncoder().encode(text));
  await appendAll(sessionId, 1);
  await client.next("message");
  expect(client.isOpen).toBe(true);
});

test("live events - are not late because of replies that were missed, whose words are gone", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const missed = Array.from({ length: 12 }, (_, n) => replyFrames(`missed${n}`));
  await appendUnheard(sessionId, ...missed.flatMap(({ start, complete }) => [start(), complete(2)]));
  await world.append(sessionId, messageEvent("after"));
  await client.next("message");
  expect(client.of("ai_complete")).toHaveLength(12);
  const ends = world.gateway.logger.lines
    .map(({ fields }) => fields as { sessionId?: string; waited?: boolean })
    .filter((fields) => fields.sessionId === sessionId && fields.waited !== undefined);
  expect(ends.map(({ waited }) => waited)).toEqual(Array.from({ length: 12 }, () => false));
});

test("an event that never went live - is read from the log before the next one is relayed", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const seqs = [await world.append(sessionId, messageEvent("a"))];
  seqs.push(await appendUnheard(sessionId, messageEvent("b")));
  seqs.push(await appendUnheard(sessionId, messageEvent("c")));
  seqs.push(await world.append(sessionId, messageEvent("d")));
  await waitFor(() => client.of("message").length === 4, { what: "every message" });
  expect(chainOf(client)).toEqual(chainFrom(0, seqs));
});

test("an event that never went live - comes with a poke, and so do those before it", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const seqs = [
    await appendUnheard(sessionId, messageEvent("a")),
    await appendUnheard(sessionId, messageEvent("b")),
  ];
  world.live(sessionId, { type: "poke", seq: seqs[1] });
  await waitFor(() => client.of("message").length === 2, { what: "both messages" });
  expect(chainOf(client)).toEqual(chainFrom(0, seqs));
  world.live(sessionId, { type: "poke", seq: seqs[1] });
  await client.roundTrip();
  expect(client.frames.some((frame) => JSON.stringify(frame).includes("poke"))).toBe(false);
});

test("an event that never went live - comes when somebody else joins", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const seqs = [
    await appendUnheard(sessionId, messageEvent("a")),
    await appendUnheard(sessionId, messageEvent("b")),
  ];
  await world.join(sessionId);
  await waitFor(() => client.of("message").length === 2, { what: "both messages" });
  expect(chainOf(client)).toEqual(chainFrom(0, seqs));
});

test("an event that never went live - comes after the gateway's connection was cut", async () => {
  await using own = await World.start();
  const client = await own.join("s");
  await own.append("s", messageEvent("a"));
  await client.next("message");
  await own.server.kill("SIGKILL");
  await waitFor(() => own.gateway.logger.lines.some(({ message }) => message === "broker away"), {
    what: "the loss",
  });
  await own.server.restart();
  // The gateway waits a moment before it connects again; others are faster.
  await own.connection.whenConnected(10_000);
  for (const id of ["b", "c"]) await own.append("s", messageEvent(id));
  await waitFor(() => client.of("message").length === 3, { what: "every message" });
  expect(client.of("message").map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(chainOf(client).map(([prev]) => prev)).toEqual(
    [0, ...chainOf(client).map(([, seq]) => seq)].slice(0, 3),
  );
});

test("a session without sockets - has no subscription at the broker", async () => {
  await using own = await World.start();
  const client = await own.join("s");
  const heard = async (): Promise<boolean> => {
    // The gateway's own subscription would count as a responder.
    return own.connection.request(subjects.live("s"), new Uint8Array(), { timeoutMs: 200 }).then(
      () => true,
      (error: unknown) => !String(error).includes("no responders"),
    );
  };
  expect(await heard()).toBe(true);
  client.close();
  await waitFor(async () => !(await heard()), { what: "the end of the subscription" });
});
