import { subjects } from "@natter/protocol";
import { newSession, openLog, openOwnLog, type OwnLog, waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppendConflict, LogFull } from "../../src/index.ts";
import { bytesOf, collect, textOf } from "../support/bytes.ts";

let opened: OwnLog;

beforeAll(async () => {
  opened = await openOwnLog();
});

afterAll(() => opened?.[Symbol.asyncDispose]());

/** What is said on the session's live subject from now on. */
async function hear(sessionId: string): Promise<{ text: string; seq: string | undefined }[]> {
  const heard: { text: string; seq: string | undefined }[] = [];
  opened.connection.subscribe(subjects.live(sessionId), (message) => {
    heard.push({ text: textOf(message.data), seq: message.headers?.get("Nats-Sequence") });
  });
  await opened.connection.flush();
  return heard;
}

describe("an append", () => {
  it("stores the event and says where", async () => {
    const sessionId = newSession();
    const { seq, duplicate } = await opened.log.append(sessionId, bytesOf({ type: "message" }), {
      eventId: "a1",
    });
    expect(duplicate).toBe(false);
    const last = await opened.log.last(sessionId);
    expect(last).toMatchObject({ sessionId, seq });
    expect(textOf(last?.bytes ?? new Uint8Array())).toBe('{"type":"message"}');
    expect(Math.abs(Date.now() - (last?.storedAt.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it("goes live with its place and its predecessor's", async () => {
    const sessionId = newSession();
    const heard = await hear(sessionId);
    const first = await opened.log.append(sessionId, bytesOf({ n: 1 }), { eventId: "b1" });
    await opened.log.append(sessionId, bytesOf({ n: 2 }), { eventId: "b2" });
    await waitFor(() => heard.length === 2, { what: "two live events" });
    expect(heard[0]).toEqual({ text: '{"n":1}', seq: String(first.seq) });
  });

  it("of a known id stores nothing, answers the first place and pokes", async () => {
    const sessionId = newSession();
    const first = await opened.log.append(sessionId, bytesOf({ n: 1 }), { eventId: "c1" });
    const heard = await hear(sessionId);
    const again = await opened.log.append(sessionId, bytesOf({ n: 2 }), { eventId: "c1" });
    expect(again).toEqual({ seq: first.seq, duplicate: true });
    await waitFor(() => heard.length > 0, { what: "a poke" });
    expect(heard.map(({ text }) => text)).toEqual([`{"type":"poke","seq":${first.seq}}`]);
    expect(await collect(opened.log.read(sessionId, { after: 0 }))).toHaveLength(1);
  });
});

describe("a conditional append", () => {
  it("is taken if the session's last event is the expected one", async () => {
    const sessionId = newSession();
    const first = await opened.log.append(sessionId, bytesOf({}), { eventId: "d1", expectedLastSeq: 0 });
    await opened.log.append(newSession(), bytesOf({}), { eventId: "d-other" });
    const options = { eventId: "d2", expectedLastSeq: first.seq };
    expect((await opened.log.append(sessionId, bytesOf({}), options)).seq).toBeGreaterThan(first.seq);
  });

  it("is refused as a conflict if it is another one, and stores nothing", async () => {
    const sessionId = newSession();
    await opened.log.append(sessionId, bytesOf({}), { eventId: "e1" });
    const refused = opened.log.append(sessionId, bytesOf({}), { eventId: "e2", expectedLastSeq: 0 });
    await expect(refused).rejects.toBeInstanceOf(AppendConflict);
    expect(await collect(opened.log.read(sessionId, { after: 0 }))).toHaveLength(1);
  });

  it("that is repeated is stored once: the broker checks the condition or the id first, by its version", async () => {
    const sessionId = newSession();
    const options = { eventId: "f1", expectedLastSeq: 0 };
    const first = await opened.log.append(sessionId, bytesOf({}), options);
    const again = await opened.log
      .append(sessionId, bytesOf({}), options)
      .catch((error: unknown) => (error instanceof AppendConflict ? "conflict" : error));
    expect([{ seq: first.seq, duplicate: true }, "conflict"]).toContainEqual(again);
    expect(await collect(opened.log.read(sessionId, { after: 0 }))).toHaveLength(1);
  });

  it("lets one of two writers win", async () => {
    const sessionId = newSession();
    await using other = await openLog(opened.server);
    const outcomes = await Promise.allSettled([
      opened.log.append(sessionId, bytesOf({}), { eventId: "g1", expectedLastSeq: 0 }),
      other.log.append(sessionId, bytesOf({}), { eventId: "g2", expectedLastSeq: 0 }),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await collect(opened.log.read(sessionId, { after: 0 }))).toHaveLength(1);
  });
});

describe("an append that the broker refuses", () => {
  it("is not stored, and says so at once, if it is larger than the broker takes", async () => {
    const huge = new Uint8Array(2_000_000);
    const refused = opened.log.append(newSession(), huge, { eventId: "h1" });
    await expect(refused).rejects.toMatchObject({ name: "LogAway", stored: "no" });
  });

  it("is not stored if the log is full, and drops no older event for it", async () => {
    await using full = await openOwnLog({ maxBytes: 4_096 });
    const big = new Uint8Array(1_500);
    await full.log.append("s", big, { eventId: "1" });
    await full.log.append("s", big, { eventId: "2" });
    expect(full.log.isFull).toBe(false);
    await expect(full.log.append("s", big, { eventId: "3" })).rejects.toBeInstanceOf(LogFull);
    await expect(full.log.append("s", big, { eventId: "3" })).rejects.toMatchObject({ stored: "no" });
    expect(full.log.isFull).toBe(true);
    expect(await collect(full.log.read("s", { after: 0 }))).toHaveLength(2);
    // An operator makes room for a new one.
    await full.log.purge("s", 2);
    await full.log.append("s", big, { eventId: "3" });
    expect(full.log.isFull).toBe(false);
  });

  it("leaves a reserve for deletions if it requires room, and there is room again after a purge", async () => {
    await using full = await openOwnLog({ maxBytes: 40_000 });
    const big = new Uint8Array(9_000);
    for (const eventId of ["1", "2", "3", "4"]) await full.log.append("s", big, { eventId });
    // The first one finds out how full the log is.
    await full.log.requireRoom(0);
    const refusal = await waitFor(
      async () => full.log.requireRoom(1_500).catch((error: unknown) => [error]) as Promise<[unknown]>,
      { what: "a refusal" },
    );
    expect(refusal[0]).toBeInstanceOf(LogFull);
    expect(full.log.isFull).toBe(true);
    await full.log.append("s", new Uint8Array(1_500), { eventId: "deletion" });
    expect(full.log.isFull).toBe(true);
    await full.log.purge("s", 2);
    await full.log.requireRoom(1_500);
    await full.log.append("s", new Uint8Array(1_500), { eventId: "5" });
    expect(full.log.isFull).toBe(false);
  });

  it("needs no room of its own if the log has no limit", async () => {
    await opened.log.requireRoom(Number.MAX_SAFE_INTEGER);
    expect(opened.log.isFull).toBe(false);
  });
});
