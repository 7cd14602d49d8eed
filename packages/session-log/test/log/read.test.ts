import { limits, streamName } from "@natter/protocol";
import { newSession, openOwnLog, type OwnLog, waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LogUnreadable } from "../../src/index.ts";
import { operatorOf } from "../../src/testing.ts";
import { bytesOf, collect, textOf } from "../support/bytes.ts";

const eventCount = 700;
let opened: OwnLog;
let long: string;
/** Seqs of the events of `long`; every third event between them belongs to another session. */
let seqs: number[];

beforeAll(async () => {
  opened = await openOwnLog();
  long = newSession();
  const appended = Array.from({ length: eventCount }, async (_, n) => {
    if (n % 3 === 0) await opened.log.append("noise", bytesOf({}), { eventId: `noise-${n}` });
    return opened.log.append(long, bytesOf({ n }), { eventId: `n-${n}` });
  });
  seqs = (await Promise.all(appended)).map(({ seq }) => seq).toSorted((a, b) => a - b);
});

afterAll(() => opened?.[Symbol.asyncDispose]());

async function readSeqs(range: { after: number; upTo?: number }): Promise<number[]> {
  return (await collect(opened.log.read(long, range))).map(({ seq }) => seq);
}

describe("reading a session", () => {
  it("gives every event once, in order, and no other session's", async () => {
    const events = await collect(opened.log.read(long, { after: 0 }));
    expect(events.map(({ seq }) => seq)).toEqual(seqs);
    expect(new Set(events.map(({ bytes }) => textOf(bytes))).size).toBe(eventCount);
    expect(new Set(events.map(({ sessionId }) => sessionId))).toEqual(new Set([long]));
  });

  it("begins after `after` and ends with `upTo`", async () => {
    const [first = 0, last = 0] = [seqs[300], seqs[310]];
    expect(await readSeqs({ after: first, upTo: last })).toEqual(seqs.slice(301, 311));
    expect(await readSeqs({ after: first - 1, upTo: first })).toEqual([first]);
  });

  it("gives nothing for an empty range, a range beyond the end, and an unknown session", async () => {
    const last = seqs.at(-1) ?? 0;
    expect(await readSeqs({ after: last, upTo: last })).toEqual([]);
    expect(await readSeqs({ after: last })).toEqual([]);
    expect(await readSeqs({ after: last + 10_000 })).toEqual([]);
    expect(await collect(opened.log.read(newSession(), { after: 0 }))).toEqual([]);
  });

  it("takes steps that are no larger than their bound and one event", async () => {
    const session = newSession();
    const text = "x".repeat(limits.logStepBytes / 4);
    for (let n = 0; n < 12; n++)
      await opened.log.append(session, bytesOf({ n, text }), { eventId: `${session}-${n}` });
    const upTo = (await opened.log.last(session))?.seq ?? 0;
    let after = 0;
    let count = 0;
    while (after < upTo) {
      const events = await opened.log.readStep(session, { after, upTo });
      const bytes = events.reduce((sum, event) => sum + event.bytes.length, 0);
      expect(bytes).toBeLessThan(limits.logStepBytes + text.length + 100);
      expect(events.length).toBeGreaterThan(0);
      count += events.length;
      after = events.at(-1)?.seq ?? upTo;
    }
    expect(count).toBe(12);
    expect(await opened.log.readStep(session, { after: upTo, upTo: upTo + 100 })).toEqual([]);
  });

  it("says how many events there are from a place on, without reading them", async () => {
    expect(await opened.log.countFrom(long, 0)).toBe(eventCount);
    expect(await opened.log.countFrom(long, seqs[300] ?? 0)).toBe(eventCount - 300);
    expect(await opened.log.countFrom(long, (seqs[300] ?? 0) + 1)).toBe(eventCount - 301);
    expect(await opened.log.countFrom(newSession(), 1)).toBeUndefined();
  });

  it("can be left in the middle, and read again", async () => {
    for await (const event of opened.log.read(long, { after: 0 })) if (event.seq > (seqs[5] ?? 0)) break;
    expect(await readSeqs({ after: 0, upTo: seqs[9] ?? 0 })).toEqual(seqs.slice(0, 10));
  });

  it("skips what was deleted from the log", async () => {
    await using own = await openOwnLog();
    for (let n = 1; n <= 5; n++) await own.log.append("s", bytesOf({ n }), { eventId: `${n}` });
    await operatorOf(own.log).streams.deleteMessage(streamName, 3);
    await operatorOf(own.log).streams.deleteMessage(streamName, 5);
    const left = await collect(own.log.read("s", { after: 0 }));
    expect(left.map(({ seq }) => seq)).toEqual([1, 2, 4]);
    expect((await own.log.last("s"))?.seq).toBe(4);
  });
});

describe("single events", () => {
  it("are found by place, of whatever session", async () => {
    const at = seqs[7] ?? 0;
    expect(await opened.log.at(at)).toMatchObject({ sessionId: long, seq: at });
    expect(await opened.log.at(1)).toMatchObject({ sessionId: "noise" });
  });

  it.each([0, -1, 1_000_000_000])("are not found at %i", async (seq) => {
    expect(await opened.log.at(seq)).toBeUndefined();
  });

  it("are found at or after a place", async () => {
    const at = seqs[7] ?? 0;
    expect((await opened.log.next(long, at))?.seq).toBe(at);
    expect((await opened.log.next(long, at + 1))?.seq).toBe(seqs[8]);
    expect(await opened.log.next(long, (seqs.at(-1) ?? 0) + 1)).toBeUndefined();
  });

  it("are the last of their session, if it has any", async () => {
    expect((await opened.log.last(long))?.seq).toBe(seqs.at(-1));
    expect(await opened.log.last(newSession())).toBeUndefined();
  });
});

describe("the log's bounds", () => {
  it("are those of the whole stream", async () => {
    await using own = await openOwnLog();
    expect(await own.log.bounds()).toMatchObject({ epoch: own.log.epoch, lastSeq: 0 });
    for (let n = 1; n <= 3; n++) await own.log.append(`s${n}`, bytesOf({}), { eventId: `${n}` });
    await operatorOf(own.log).streams.purge(streamName, { seq: 2 });
    expect(await own.log.bounds()).toEqual({ epoch: own.log.epoch, firstSeq: 2, lastSeq: 3 });
  });
});

describe("a log that cannot be read", () => {
  it("is an error that says so, never an empty answer", async () => {
    await using own = await openOwnLog();
    await own.log.append("s", bytesOf({}), { eventId: "1" });
    await operatorOf(own.log).streams.delete(streamName);
    const questions = [
      () => own.log.last("s"),
      () => own.log.at(1),
      () => own.log.bounds(),
      () => own.log.bounds(),
      () => collect(own.log.read("s", { after: 0 })),
    ];
    for (const ask of questions) await expect(ask()).rejects.toBeInstanceOf(LogUnreadable);
    await own.server.kill("SIGKILL");
    await waitFor(() => !own.connection.connected, { what: "the end of the connection" });
    await expect(own.log.last("s")).rejects.toBeInstanceOf(LogUnreadable);
  });
});
