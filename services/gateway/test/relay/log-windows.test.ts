import { limits } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogWindows } from "../../src/relay/log-windows.ts";
import { messageEvent, newSession, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Windows on the real log that tell how much of it was read for them. */
function countingWindows(): { windows: LogWindows; read: { bytes: number; counts: number } } {
  const { log } = world;
  const read = { bytes: 0, counts: 0 };
  const windows = new LogWindows({
    log: {
      get epoch() {
        return log.epoch;
      },
      async readStep(sessionId, range) {
        const events = await log.readStep(sessionId, range);
        for (const { bytes } of events) read.bytes += bytes.length;
        return events;
      },
      async countFrom(sessionId, seq) {
        read.counts++;
        return log.countFrom(sessionId, seq);
      },
    },
    firstAuthor: async () => "guest-1",
  });
  return { windows, read };
}

async function fill(sessionId: string, count: number, text: string): Promise<number[]> {
  const messages = Array.from({ length: count }, (_, n) => messageEvent(`${n}`, text));
  const seqs = await Promise.all(messages.map(async (message) => world.append(sessionId, message)));
  return seqs.toSorted((left, right) => left - right);
}

test("whether a replay is too large - is known without a reading if there are too many events", async () => {
  const sessionId = newSession();
  const seqs = await fill(sessionId, limits.replayEvents + 1, "x".repeat(500));
  const [first = 0] = seqs;
  const upTo = seqs.at(-1) ?? 0;
  const { windows, read } = countingWindows();
  for (let asked = 0; asked < 20; asked++)
    expect(await windows.reach(sessionId, { after: first - 1, upTo })).toBeUndefined();
  expect(read).toEqual({ bytes: 0, counts: 20 });
  expect(await windows.reach(sessionId, { after: first, upTo })).toBeDefined();
});

test("whether a replay is too large - is read once if they are too large, whatever cursors come", async () => {
  const sessionId = newSession();
  const textBytes = 60_000;
  const seqs = await fill(sessionId, 100, "x".repeat(textBytes));
  const upTo = seqs.at(-1) ?? 0;
  const { windows, read } = countingWindows();
  for (let asked = 0; asked < 3; asked++)
    for (const seq of seqs) await windows.reach(sessionId, { after: seq - 1, upTo });
  expect(read.bytes).toBeLessThan(101 * (textBytes + 500));
  expect(await windows.reach(sessionId, { after: (seqs[20] ?? 0) - 1, upTo })).toBeUndefined();
  expect(await windows.reach(sessionId, { after: (seqs[40] ?? 0) - 1, upTo })).toBeDefined();
});

test("whether a replay is too large - costs at most a little more than one replay to be refused the first time", async () => {
  const sessionId = newSession();
  const seqs = await fill(sessionId, 200, "x".repeat(60_000));
  const { windows, read } = countingWindows();
  const range = { after: (seqs[0] ?? 0) - 1, upTo: seqs.at(-1) ?? 0 };
  expect(await windows.reach(sessionId, range)).toBeUndefined();
  expect(read.bytes).toBeLessThan(limits.replayBytes + 2 * limits.logStepBytes);
});

test("a window - is read once for all readers, and goes on with what is heard", async () => {
  const sessionId = newSession();
  const seqs = await fill(sessionId, 300, "x".repeat(1_000));
  const upTo = seqs.at(-1) ?? 0;
  const { windows, read } = countingWindows();
  await Promise.all(seqs.map(async (seq) => windows.reach(sessionId, { after: seq - 1, upTo })));
  expect(read.bytes).toBeLessThan(300 * 1_400);
  const { bytes } = read;
  const heard = await world.append(sessionId, messageEvent("heard"));
  const event = await world.log.last(sessionId);
  windows.heard(sessionId, { seq: heard, prev: upTo, bytes: event?.bytes ?? new Uint8Array() });
  const window = await windows.reach(sessionId, { after: (seqs[0] ?? 0) - 1, upTo: heard });
  expect([window?.nextAfter(upTo), read.bytes]).toEqual([heard, bytes]);
});

test("a window - reads what it did not hear", async () => {
  const sessionId = newSession();
  const [first = 0] = await fill(sessionId, 1, "x");
  const { windows } = countingWindows();
  await windows.reach(sessionId, { after: first - 1, upTo: first });
  const unheard = await world.append(sessionId, messageEvent("unheard"));
  const heard = await world.append(sessionId, messageEvent("heard"));
  const event = await world.log.last(sessionId);
  windows.heard(sessionId, { seq: heard, prev: unheard, bytes: event?.bytes ?? new Uint8Array() });
  const window = await windows.reach(sessionId, { after: first - 1, upTo: heard });
  expect([window?.nextAfter(first), window?.nextAfter(unheard)]).toEqual([unheard, heard]);
});

test("a window - holds twice a replay, so that a reader may fall behind by one, and no more", async () => {
  const sessionId = newSession();
  const seqs = await fill(sessionId, limits.replayEvents, "x");
  const { windows } = countingWindows();
  const after = (seqs[0] ?? 0) - 1;
  const begun = seqs.at(-1) ?? 0;
  expect(await windows.reach(sessionId, { after, upTo: begun })).toBeDefined();
  const bytes = new TextEncoder().encode(JSON.stringify(messageEvent("heard")));
  for (let n = 0; n < limits.replayEvents; n++)
    windows.heard(sessionId, { seq: begun + n + 1, prev: begun + n, bytes });
  const lagging = { after, upTo: begun, isLagging: true };
  expect(await windows.reach(sessionId, lagging)).toBeDefined();
  expect(await windows.reach(sessionId, { after, upTo: begun })).toBeUndefined();
  const seq = begun + limits.replayEvents + 1;
  windows.heard(sessionId, { seq, prev: seq - 1, bytes });
  expect(await windows.reach(sessionId, lagging)).toBeUndefined();
  expect(windows.of(sessionId)?.size).toBe(2 * limits.replayEvents);
});
