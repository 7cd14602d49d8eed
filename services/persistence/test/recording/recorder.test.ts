import { operatorOf } from "@natter/session-log/testing";
import { cp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { compareEpochs, consumers, streamName } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { describe, expect, test } from "vitest";
import { StoreUnavailable, type Store } from "../../src/store/store.ts";
import { TestLog } from "../support/events.ts";
import { RecordedLog, waitForFloor, withFaults } from "../support/recorded-log.ts";

async function textsIn(store: Store, sessionId: string): Promise<string[]> {
  const { messages } = await store.history({ sessionId, limit: 100 });
  return messages.map(({ message }) => message);
}

/** The texts of the session once there are `count`. */
async function awaitTexts(store: Store, sessionId: string, count: number): Promise<string[]> {
  const look = async (): Promise<string[] | undefined> => {
    const texts = await textsIn(store, sessionId);
    return texts.length >= count ? texts : undefined;
  };
  return waitFor(look, { what: `${count} messages`, timeoutMs: 20_000 });
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `m${from + n}`);

describe("the recorder", () => {
  test("records what is appended, also what was there before it started", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    for (const name of numbered(0, 5)) {
      await recorded.append(log, session.sessionId, session.message(name).event);
    }
    const { recorder } = await recorded.startRecorder(store);
    const last = await recorded.append(log, session.sessionId, session.message("m5").event);
    await waitForFloor(log, last);
    expect(await textsIn(store, session.sessionId)).toEqual(numbered(0, 6));
    expect(recorder.health).toEqual({ recorded: 6, deadLetters: 0 });
    expect((await store.history({ sessionId: session.sessionId, limit: 1 })).messages[0]).toMatchObject({
      seq: last,
      epoch: log.epoch,
    });
  });

  test("keeps events that are none as dead letters, and they hold up nobody", async () => {
    await using recorded = await RecordedLog.open();
    const { connection, log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    const poison = [
      Buffer.from("not json"),
      Buffer.from("[1]"),
      Buffer.from('{"type":"message_of_the_future","id":"x"}'),
      Buffer.from('{"type":"message","id":"x"}'),
      Buffer.from([0x7b, 0xff, 0x7d]),
      Buffer.alloc(0),
    ];
    const names = numbered(0, 90);
    for (const [n, name] of names.entries()) {
      await recorded.append(log, session.sessionId, session.message(name).event);
      const bytes = n % 15 === 0 ? poison[n / 15] : undefined;
      if (bytes) await recorded.append(log, session.sessionId, bytes);
    }
    await recorded.appendRaw(connection, "no$session");
    const { recorder } = await recorded.startRecorder(store);
    await waitForFloor(log, 97);
    expect(await textsIn(store, session.sessionId)).toEqual(names);
    expect(recorder.health.deadLetters).toBe(7);
    const letters = await store.deadLetters(10);
    expect(letters.map(({ position }) => position.epoch)).toEqual(Array(7).fill(log.epoch));
    const kept = letters.map(({ bytes }) => Buffer.from(bytes).toString("hex"));
    for (const bytes of poison) expect(kept).toContain(bytes.toString("hex"));
  });

  test("parts the one event that the store refuses from the others of its batch", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    const faulty = withFaults(store, {
      record: async (events) => {
        if (events.some(({ event }) => event.id === session.id("m41"))) throw new Error("refused: m41");
        await store.record(events);
      },
    });
    for (const name of numbered(0, 100)) {
      await recorded.append(log, session.sessionId, session.message(name).event);
    }
    const { recorder } = await recorded.startRecorder(faulty);
    await waitForFloor(log, 100);
    expect(await textsIn(store, session.sessionId)).toEqual(
      numbered(0, 100).filter((name) => name !== "m41"),
    );
    expect(recorder.health.deadLetters).toBe(1);
    const [letter] = await store.deadLetters(2);
    expect(letter).toMatchObject({ position: { seq: 42 }, reason: "refused by the store: Error" });
  });

  test("acknowledges nothing while the store is away, and loses and parts nothing", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    const { recorder } = await recorded.startRecorder(store);
    const other = new DatabaseSync(recorded.path);
    other.exec("begin immediate");
    let last = 0;
    for (const name of numbered(0, 20)) {
      last = await recorded.append(log, session.sessionId, session.message(name).event);
    }
    await waitFor(
      async () => (await operatorOf(log).consumers.info(streamName, consumers.recorder)).num_ack_pending > 0,
      { what: "events in hand" },
    );
    const { ack_floor: floor } = await operatorOf(log).consumers.info(streamName, consumers.recorder);
    expect(floor.stream_seq).toBe(0);
    other.exec("rollback");
    other.close();
    await waitForFloor(log, last);
    expect(await textsIn(store, session.sessionId)).toEqual(numbered(0, 20));
    expect(recorder.health.deadLetters).toBe(0);
  });

  test("records once what was stored although the store did not say so", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    let lost = 0;
    const faulty = withFaults(store, {
      record: async (events) => {
        await store.record(events);
        lost += 1;
        if (lost <= 3) throw new StoreUnavailable("the answer was lost");
      },
    });
    for (const name of numbered(0, 30)) {
      await recorded.append(log, session.sessionId, session.message(name).event);
    }
    await recorded.startRecorder(faulty);
    await waitForFloor(log, 30);
    expect(await textsIn(store, session.sessionId)).toEqual(numbered(0, 30));
  });

  test("works beside another one on one file", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const sessions = Array.from({ length: 5 }, () => new TestLog());
    const recorders = [];
    for (let n = 0; n < 2; n++) {
      recorders.push(await recorded.startRecorder(await recorded.openStore()));
    }
    const appends: Promise<number>[] = [];
    for (const name of numbered(0, 100)) {
      for (const session of sessions) {
        appends.push(recorded.append(log, session.sessionId, session.message(name).event));
        if (appends.length % 50 === 0) await Promise.all(appends);
      }
    }
    await Promise.all(appends);
    await waitForFloor(log, 500);
    const store = await recorded.openStore();
    for (const session of sessions) {
      expect((await textsIn(store, session.sessionId)).sort()).toEqual(numbered(0, 100).sort());
    }
    const counts = recorders.map(({ recorder }) => recorder.health.recorded);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts[0] ?? 0).toBeLessThan(500);
  });

  test("gives back what it has not recorded when it stops, and the next one goes on there", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    const away = withFaults(store, { record: async () => Promise.reject(new StoreUnavailable("away")) });
    const { recorder } = await recorded.startRecorder(away);
    for (const name of numbered(0, 10)) {
      await recorded.append(log, session.sessionId, session.message(name).event);
    }
    await waitFor(
      async () =>
        (await operatorOf(log).consumers.info(streamName, consumers.recorder)).num_ack_pending === 10,
      { what: "ten events in hand" },
    );
    await recorder.stop();
    await recorded.startRecorder(store);
    // Sooner than the broker would give up waiting for the first one.
    await waitForFloor(log, 10, 5_000);
    expect(await textsIn(store, session.sessionId)).toEqual(numbered(0, 10));
  });
});

describe("the recorder and a broker in trouble", () => {
  test("makes its consumer again when an operator deletes it, within 10 s", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    const { recorder } = await recorded.startRecorder(store);
    await recorded.append(log, session.sessionId, session.message("m0").event);
    await waitForFloor(log, 1);
    await operatorOf(log).consumers.delete(streamName, consumers.recorder);
    const last = await recorded.append(log, session.sessionId, session.message("m1").event);
    await waitForFloor(log, last, 10_000);
    expect(await textsIn(store, session.sessionId)).toEqual(["m0", "m1"]);
    // The first event came again, and was recorded again, to no effect.
    expect(recorder.health.recorded).toBeGreaterThanOrEqual(3);
  });

  test("goes on in a new epoch when the stream is made again, and keeps the history", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    await recorded.startRecorder(store);
    for (const name of ["m0", "m1"]) {
      await recorded.append(log, session.sessionId, session.message(name).event);
    }
    await waitForFloor(log, 2);
    const oldEpoch = log.epoch;
    await operatorOf(log).streams.delete(streamName);
    await recorded.append(log, session.sessionId, session.message("m2").event);
    await waitForFloor(log, 1, 10_000);
    expect(await awaitTexts(store, session.sessionId, 3)).toEqual(["m0", "m1", "m2"]);
    const { messages } = await store.history({ sessionId: session.sessionId, limit: 10 });
    await log.ensure();
    expect(messages.map(({ epoch, seq }) => [epoch, seq])).toEqual([
      [oldEpoch, 1],
      [oldEpoch, 2],
      [log.epoch, 1],
    ]);
  });

  test("survives a broker that is killed and comes back", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    await recorded.startRecorder(store);
    await recorded.append(log, session.sessionId, session.message("m0").event);
    await waitForFloor(log, 1);
    await recorded.server.restart();
    await recorded.append(log, session.sessionId, session.message("m1").event);
    // Not the floor: a broker that is killed forgets acknowledgements of the last moment until they are due again.
    expect(await awaitTexts(store, session.sessionId, 2)).toEqual(["m0", "m1"]);
  });

  test("begins a new epoch when a restored broker numbers events a second time", async () => {
    await using recorded = await RecordedLog.open();
    const { log } = await recorded.openLog();
    const session = new TestLog();
    const store = await recorded.openStore();
    const copy = `${recorded.folder}/copy`;
    await recorded.startRecorder(store);
    await recorded.append(log, session.sessionId, session.message("a", "before the copy").event);
    await waitForFloor(log, 1);
    await recorded.server.kill("SIGKILL");
    await cp(recorded.server.storeDir, copy, { recursive: true });
    await recorded.server.restart();
    const lost = await recorded.append(
      log,
      session.sessionId,
      session.message("b", "only in the store").event,
    );
    expect(await awaitTexts(store, session.sessionId, 2)).toEqual(["before the copy", "only in the store"]);
    const epoch = log.epoch;
    await recorded.server.kill("SIGKILL");
    await rm(recorded.server.storeDir, { recursive: true });
    await cp(copy, recorded.server.storeDir, { recursive: true });
    await recorded.server.restart();
    const isNewEpoch = async (): Promise<boolean> =>
      (await log.bounds().catch(() => ({ epoch }))).epoch !== epoch;
    await waitFor(isNewEpoch, { what: "a new epoch", timeoutMs: 20_000 });
    const seq = await recorded.append(log, session.sessionId, session.message("c", "after").event);
    expect(seq).toBe(lost);
    expect(await awaitTexts(store, session.sessionId, 3)).toEqual([
      "before the copy",
      "only in the store",
      "after",
    ]);
    expect(compareEpochs((await log.bounds()).epoch, epoch)).toBeGreaterThan(0);
  });
});
