import { openLog, openOwnLog, type OwnLog, waitFor } from "@natter/testing";
import { expect, test } from "vitest";
import { WorkQueue, type Delivery, type WorkQueueOptions } from "../../src/index.ts";
import { operatorOf } from "../../src/testing.ts";
import { consumers, streamName } from "@natter/protocol";
import { bytesOf, textOf } from "../support/bytes.ts";

const options: WorkQueueOptions = {
  consumer: "recorder",
  ackWaitMs: 1_000,
  maxUnacknowledged: 100,
  firstSeq: async () => 1,
};

async function appendMany(own: OwnLog, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) await own.log.append("s", bytesOf({ n }), { eventId: `${n}` });
}

/** One fetch, until it has handed out `count` deliveries. */
async function takeMany(queue: WorkQueue, count: number): Promise<Delivery[]> {
  const fetch = await queue.fetch(count);
  const taken: Delivery[] = [];
  while (taken.length < count) taken.push(...(await fetch.take()));
  await fetch.close();
  return taken;
}

const seqsOf = (deliveries: readonly Delivery[]): number[] =>
  deliveries.map(({ seq }) => seq).toSorted((left, right) => left - right);

test("work queue - every event is delivered with its bytes, and an acknowledged one never again", async () => {
  await using own = await openOwnLog();
  await appendMany(own, 3);
  const queue = await WorkQueue.open(own.connection, options);
  const taken = await takeMany(queue, 3);
  expect(taken.map(({ bytes }) => textOf(bytes))).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  taken[0]?.ack();
  taken[1]?.nak();
  taken[2]?.nak();
  expect(seqsOf(await takeMany(queue, 2))).toEqual([2, 3]);
});

test("work queue - the ack floor is the seq below which every event is acknowledged", async () => {
  await using own = await openOwnLog();
  await appendMany(own, 3);
  const queue = await WorkQueue.open(own.connection, options);
  const [first, second, third] = await takeMany(queue, 3);
  third?.ack();
  first?.ack();
  await waitFor(async () => (await queue.ackFloor()) === 1, { what: "the first ack" });
  second?.terminate();
  await waitFor(async () => (await queue.ackFloor()) === 3, { what: "the other acks" });
  expect(await queue.ackFloor()).toBe(3);
});

test("work queue - an extended delivery stays in hand beyond the ack wait, and another one comes again", async () => {
  await using own = await openOwnLog();
  await appendMany(own, 2);
  const queue = await WorkQueue.open(own.connection, options);
  const [extended] = await takeMany(queue, 2);
  const extending = setInterval(() => extended?.extend(), options.ackWaitMs / 4);
  const again = await takeMany(queue, 1);
  clearInterval(extending);
  expect(seqsOf(again)).toEqual([2]);
});

test("work queue - two processes share it, and none gets what the other has", async () => {
  await using own = await openOwnLog();
  await using other = await openLog(own.server);
  await appendMany(own, 4);
  const queues = [
    await WorkQueue.open(own.connection, options),
    await WorkQueue.open(other.connection, options),
  ];
  const taken = [];
  for (const queue of queues) taken.push(...(await takeMany(queue, 2)));
  expect(seqsOf(taken)).toEqual([1, 2, 3, 4]);
});

test("work queue - a consumer that an operator deleted is made again where the caller says", async () => {
  await using own = await openOwnLog();
  await appendMany(own, 4);
  const queue = await WorkQueue.open(own.connection, { ...options, firstSeq: async () => 3 });
  await queue.ensure();
  expect(seqsOf(await takeMany(queue, 2))).toEqual([3, 4]);
  await operatorOf(own.log).consumers.delete(streamName, consumers.recorder);
  expect(seqsOf(await takeMany(queue, 2))).toEqual([3, 4]);
});

test("work queue - a fetch whose consumer is deleted ends with an error", async () => {
  await using own = await openOwnLog();
  const queue = await WorkQueue.open(own.connection, options);
  const fetch = await queue.fetch(1);
  const [taken] = await Promise.allSettled([
    fetch.take(),
    operatorOf(own.log).consumers.delete(streamName, consumers.recorder),
  ]);
  expect(taken).toMatchObject({ status: "rejected" });
});

test("work queue - a closed fetch hands out what has come, and then nothing", async () => {
  await using own = await openOwnLog();
  await appendMany(own, 2);
  const queue = await WorkQueue.open(own.connection, options);
  const fetch = await queue.fetch(10);
  const taken = await fetch.take();
  await fetch.close();
  const rest = fetch.rest();
  expect([...seqsOf(taken), ...seqsOf(rest)]).toEqual([1, 2]);
  expect(await fetch.take()).toEqual([]);
});
