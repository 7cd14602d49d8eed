import { newSession, openOwnLog, type OwnLog } from "@natter/testing";
import { limits } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionLog } from "../../src/index.ts";
import { readTail } from "../../src/view/log-tail.ts";
import { bytesOf } from "../support/bytes.ts";

let own: OwnLog;

beforeAll(async () => {
  own = await openOwnLog();
});
afterAll(async () => own?.[Symbol.asyncDispose]());

/** @returns the seqs, ascending */
async function appendMany(sessionId: string, count: number, text = "x"): Promise<number[]> {
  const seqs: number[] = [];
  for (let begin = 0; begin < count; begin += 200) {
    const numbers = Array.from({ length: Math.min(200, count - begin) }, (_, n) => begin + n);
    const appended = numbers.map((n) =>
      own.log.append(sessionId, bytesOf({ n, text }), { eventId: `${sessionId}-${n}` }),
    );
    seqs.push(...(await Promise.all(appended)).map(({ seq }) => seq));
  }
  return seqs.toSorted((left, right) => left - right);
}

/** The real log, which counts what is read of it. */
function countingLog() {
  const read = { events: 0, counts: 0 };
  const log: Pick<SessionLog, "readStep" | "countFrom"> = {
    async readStep(sessionId, range) {
      const events = await own.log.readStep(sessionId, range);
      read.events += events.length;
      return events;
    },
    async countFrom(sessionId, seq) {
      read.counts++;
      return own.log.countFrom(sessionId, seq);
    },
  };
  return { log, read };
}

test("log tail - it is all of the log up to its bound, and with one event more a part", async () => {
  const sessionId = newSession();
  const seqs = await appendMany(sessionId, limits.tailEvents);
  const whole = await readTail(own.log, sessionId, { after: 0, upTo: seqs.at(-1) ?? 0 });
  expect([whole.events.length, whole.isCut]).toEqual([limits.tailEvents, false]);
  const { seq: upTo } = await own.log.append(sessionId, bytesOf({}), { eventId: `${sessionId}-more` });
  const cut = await readTail(own.log, sessionId, { after: 0, upTo });
  expect(cut.isCut).toBe(true);
  expect(cut.events.length).toBeLessThanOrEqual(limits.tailEvents);
  expect(cut.events.length).toBeGreaterThan(limits.tailEvents / 2);
  expect(cut.events.at(-1)?.seq).toBe(upTo);
});

test("log tail - the end of a long log is found without a reading of what is before it", async () => {
  const sessionId = newSession();
  const seqs = await appendMany(sessionId, 5 * limits.tailEvents);
  const { log, read } = countingLog();
  await readTail(log, sessionId, { after: 0, upTo: seqs.at(-1) ?? 0 });
  expect(read.events).toBeLessThanOrEqual(limits.tailEvents);
  expect(read.counts).toBeLessThan(30);
});

test("log tail - it has at most as many bytes as its bound, and nearly as many if there are more", async () => {
  const sessionId = newSession();
  const seqs = await appendMany(sessionId, 90, "x".repeat(60_000));
  const { events, isCut } = await readTail(own.log, sessionId, { after: 0, upTo: seqs.at(-1) ?? 0 });
  const bytes = events.reduce((sum, event) => sum + event.bytes.length, 0);
  expect([isCut, events.at(-1)?.seq]).toEqual([true, seqs.at(-1)]);
  expect(bytes).toBeLessThanOrEqual(limits.tailBytes);
  expect(bytes).toBeGreaterThan(limits.tailBytes - 70_000);
});
