import { recordingLogger } from "@natter/testing";
import { request } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { closeCodes } from "@natter/protocol";
import { afterEach, expect, test } from "vitest";
import { SlowConsumers, type Consumer } from "../../src/sinks/slow-consumers.ts";
import { eventStream } from "../support/event-stream.ts";
import { isChain, PacedReader } from "../support/pausable-client.ts";
import { messageEvent, waitFor, World } from "../support/world.ts";

/** Of these a paused replay holds one in memory, which is not sent before the earlier ones are read. */
const messages = 60;
const textBytes = 60_000;
const presenceTimes = { heartbeatMs: 250, downMs: 700, graceMs: 50, resyncMs: 1_500, relayMs: 50 };
const clients: PacedReader[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

class PlayedReader implements Consumer {
  bufferedBytes = 0;
  takenMark = "";
  readonly ends: string[] = [];

  get isBehind(): boolean {
    return this.bufferedBytes > 0;
  }

  stall(): void {
    this.ends.push("stalled");
    this.bufferedBytes = 0;
  }

  cut(): void {
    this.ends.push("cut");
    this.bufferedBytes = 0;
  }
}

function watch(count: number): { slow: SlowConsumers; readers: PlayedReader[] } {
  const slow = new SlowConsumers({
    logger: recordingLogger(),
    maxBytes: 1_000,
    times: { stallMs: 30_000, checkMs: 1_000 },
  });
  const readers = Array.from({ length: count }, () => new PlayedReader());
  for (const reader of readers) slow.watch(reader);
  return { slow, readers };
}

test("what all readers owe together - may be as much as there is; with one byte more the one that is behind longest is closed", () => {
  const { slow, readers } = watch(3);
  const [first, second, idle] = readers as [PlayedReader, PlayedReader, PlayedReader];
  first.bufferedBytes = 100;
  slow.check(1_000);
  second.bufferedBytes = 900;
  slow.check(2_000);
  expect(readers.flatMap(({ ends }) => ends)).toEqual([]);
  second.bufferedBytes++;
  slow.onGrowth(1);
  slow.onGrowth(1_000);
  expect([first.ends, second.ends, idle.ends]).toEqual([["cut"], ["cut"], []]);
});

test("what all readers owe together - is enough when the slowest have gone, and the rest stays", () => {
  const { slow, readers } = watch(10);
  for (const [index, reader] of readers.entries()) {
    reader.bufferedBytes = 100;
    slow.check(index * 1_000);
  }
  const last = readers.at(-1) as PlayedReader;
  last.bufferedBytes += 50;
  slow.check(11_000);
  expect(readers.map(({ ends }) => ends.length)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test("what all readers owe together - does not touch who has caught up meanwhile and is behind again", () => {
  const { slow, readers } = watch(2);
  const [first, second] = readers as [PlayedReader, PlayedReader];
  first.bufferedBytes = 600;
  slow.check(1_000);
  second.bufferedBytes = 300;
  slow.check(2_000);
  first.bufferedBytes = 0;
  slow.check(3_000);
  first.bufferedBytes = 800;
  slow.check(4_000);
  expect([first.ends, second.ends]).toEqual([[], ["cut"]]);
});

test("a reader that is behind - is closed after 30 s in which it took nothing, and not before", () => {
  const { slow, readers } = watch(2);
  const [stuck, steady] = readers as [PlayedReader, PlayedReader];
  for (const reader of readers) reader.bufferedBytes = 1;
  for (let second = 0; second <= 60; second++) {
    steady.takenMark = `${Math.floor(second / 29)}`;
    slow.check(second * 1_000);
    expect([second, stuck.ends]).toEqual([second, second < 30 ? [] : ["stalled"]]);
  }
  expect(steady.ends).toEqual([]);
});

test("a gateway whose memory for readers is used up - closes the readers that came first, and the last one gets everything", async () => {
  await using world = await World.start(
    { readersMaxBytes: 250_000 },
    {
      slowConsumers: { stallMs: 60_000, checkMs: 20 },
      presence: presenceTimes,
    },
  );
  const seqs: number[] = [];
  for (let n = 0; n < messages; n++)
    seqs.push(await world.append("full", messageEvent(`m${n}`, "x".repeat(textBytes))));
  const [first = 0] = seqs;
  const witness = await world.join("full");
  const count = 8;
  for (let n = 0; n < count; n++) {
    const query = `name=R${n}&since=${world.log.epoch}.${first - 1}`;
    const client = await PacedReader.pausedIn(world.gateway.url, "full", query);
    clients.push(client);
    await waitFor(() => witness.of("user_join").length > n, { what: "the next one" });
    // Who has just come may still answer what it has read.
    await sleep(100);
  }
  clients[0]?.webSocket.resume();
  await waitFor(() => clients[0]?.closeCode !== undefined, { what: "the close code of the first one" });
  expect(clients[0]?.closeCode).toBe(closeCodes.too_slow.code);
  // Each socket takes its own time to end, so the leaves may come in another order than the closes.
  const left = () => witness.of("user_leave").map(({ user }) => user.name);
  const theFirstOnes = () => Array.from(left(), (_, n) => `R${n}`);
  await waitFor(() => left().length >= 2 && isDeepStrictEqual(left().toSorted(), theFirstOnes()), {
    what: "the end of the first ones, and of no other",
  });
  expect(left().length).toBeLessThan(count);
  const last = clients[count - 1] as PacedReader;
  last.webSocket.resume();
  await waitFor(() => last.durable.length === seqs.length, { what: "all messages" });
  expect(isChain(first - 1, last.durable)).toBe(true);
});

test("a gateway that serves as many as it can - answers one more with 503 at the upgrade, and lets it in when somebody has left", async () => {
  await using world = await World.start({ maxSockets: 2 });
  const socket = await world.join("s");
  await using stream = await eventStream(world.gateway.url, "s");
  expect(stream.response.statusCode).toBe(200);
  expect(await upgradeStatus(world.gateway.url)).toBe(503);
  expect(
    await world.get("/api/sessions/s/events", { headers: { accept: "text/event-stream" } }),
  ).toMatchObject({
    status: 503,
    body: { code: "temporary", temporary: true },
  });
  expect(await world.get("/readyz")).toMatchObject({ status: 200 });
  socket.close();
  await waitFor(async () => (await upgradeStatus(world.gateway.url)) === 101, { what: "a free seat" });
  await stream[Symbol.asyncDispose]();
  await waitFor(async () => world.join("s").catch(() => undefined), { what: "another free seat" });
});

test("an event stream that is asked for behind another answer - has no reader, because nothing could be sent to it", async () => {
  await using world = await World.start({}, { presence: presenceTimes });
  const witness = await world.join("s");
  const raw = connect(Number(new URL(world.gateway.url).port), "127.0.0.1");
  for (const name of ["First", "Second"])
    raw.write(
      `GET /api/sessions/s/events?name=${name} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`,
    );
  await once(raw, "data");
  await waitFor(() => witness.of("user_join").length === 1, { what: "the first one" });
  raw.destroy();
  await waitFor(() => witness.of("user_leave").length === 1, { what: "its end" });
  const late = await world.join("s");
  expect(late.of("connection")[0]?.users).toHaveLength(2);
});

async function upgradeStatus(url: string): Promise<number> {
  const outgoing = request(`${url}/ws/chat/s/`, {
    agent: false,
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  outgoing.end();
  const [status] = await Promise.race([
    once(outgoing, "response").then(([response]) => [(response as { statusCode: number }).statusCode]),
    once(outgoing, "upgrade").then(([response]) => [(response as { statusCode: number }).statusCode]),
  ]);
  outgoing.destroy();
  return status ?? 0;
}
