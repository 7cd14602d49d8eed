import { decodeObject } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SessionLog } from "@natter/session-log";
import { AppliedFloor } from "../../src/answering/applied.ts";
import { SessionPurger } from "../../src/upkeep/session-purger.ts";
import type { Store } from "../../src/store/store.ts";
import { TestLog } from "../support/events.ts";
import { logger, RecordedLog, withFaults } from "../support/recorded-log.ts";

let recorded: RecordedLog;
let store: Store;
let log: SessionLog;
let applied: AppliedFloor;

beforeEach(async () => {
  recorded = await RecordedLog.open();
  store = await recorded.openStore();
  const opened = await recorded.openLog();
  log = opened.log;
  applied = new AppliedFloor(opened);
  applied.start();
  recorded.onClose(async () => applied.stop());
});
afterEach(() => recorded[Symbol.asyncDispose]());

function startPurger(
  parts: { log?: Pick<SessionLog, "epoch" | "purge">; store?: Store } = {},
): SessionPurger {
  const purger = new SessionPurger({ log, store, applied, logger, ...parts });
  purger.start();
  recorded.onClose(() => purger.stop());
  return purger;
}

async function appendAll(session: TestLog): Promise<void> {
  for (const { event } of session.events) await recorded.append(log, session.sessionId, event);
}

async function typesInLog(sessionId: string): Promise<unknown[]> {
  const types: unknown[] = [];
  for await (const { bytes } of log.read(sessionId, { after: 0 })) types.push(decodeObject(bytes)?.["type"]);
  return types;
}

/** Waits until the log holds what is left of a deleted session, and the store nothing. */
async function untilPurged(sessionId: string, left: readonly string[] = ["session_deleted"]): Promise<void> {
  const isBegunAgain = left.includes("message");
  await waitFor(
    async () =>
      (await store.pendingPurges(10)).length === 0 &&
      (await typesInLog(sessionId)).join() === left.join() &&
      ((await store.details(sessionId)).deleted === true) !== isBegunAgain,
    { what: "the purge", timeoutMs: 20_000 },
  );
}

function deletedSession(): TestLog {
  const session = new TestLog();
  session.message("a", "a secret");
  session.complete("a", "a", "a secret answer");
  session.sessionDeletion();
  return session;
}

test("a deleted session leaves the log, but for its deletion and what came after it", async () => {
  const [session, other] = [deletedSession(), new TestLog()];
  session.message("later", "new");
  other.message("b", "stays");
  await appendAll(session);
  await appendAll(other);
  await recorded.startRecorder(store);
  startPurger();
  await untilPurged(session.sessionId, ["session_deleted", "message"]);
  expect(await typesInLog(other.sessionId)).toEqual(["message"]);
  expect((await store.history({ sessionId: session.sessionId, limit: 9 })).messages).toMatchObject([
    { message: "new" },
  ]);
});

test("a purge of the log that fails is tried again", async () => {
  const session = deletedSession();
  await appendAll(session);
  await recorded.startRecorder(store);
  let failures = 0;
  const purge = async (...of: Parameters<SessionLog["purge"]>): Promise<void> => {
    if (failures++ < 2) throw new Error("the broker is away");
    await log.purge(...of);
  };
  startPurger({ log: { epoch: log.epoch, purge } });
  await untilPurged(session.sessionId);
  expect(failures).toBe(3);
});

test("a purge that another process left half done is completed", async () => {
  const session = deletedSession();
  await appendAll(session);
  await recorded.startRecorder(store);
  const gone = startPurger({
    store: withFaults(store, { endPurge: async () => Promise.reject(new Error("killed")) }),
  });
  await waitFor(async () => (await typesInLog(session.sessionId)).length === 1, { what: "the purged log" });
  await gone.stop();
  expect(await store.pendingPurges(10)).toHaveLength(1);
  startPurger();
  await untilPurged(session.sessionId);
});

test("nothing is removed while an event before the deletion is not recorded", async () => {
  const session = deletedSession();
  await appendAll(session);
  // All but the first event, as of a recorder that died with it in hand.
  await store.record(
    session.events.slice(1).map(({ event, ...of }, index) => ({
      ...of,
      position: { epoch: log.epoch, seq: index + 2 },
      event,
    })),
  );
  let looks = 0;
  const counting = withFaults(store, {
    pendingPurges: async (limit) => {
      looks++;
      return store.pendingPurges(limit);
    },
  });
  startPurger({ store: counting });
  await waitFor(() => looks > 2, { what: "some looks" });
  expect(await typesInLog(session.sessionId)).toHaveLength(3);
  await recorded.startRecorder(store);
  await untilPurged(session.sessionId);
});

test("a purge that is stopped ends after the step in hand, and stays pending", async () => {
  const session = new TestLog();
  for (let number = 0; number < 3_000; number++) session.message(`m${number}`, "a secret");
  session.sessionDeletion();
  await store.record(session.events);
  let steps = 0;
  const stepping = withFaults(store, {
    purge: async (purge, betweenSteps) =>
      store.purge(purge, async () => {
        steps++;
        return betweenSteps();
      }),
  });
  const purger = startPurger({ store: stepping });
  await waitFor(() => steps > 1, { what: "some steps" });
  await purger.stop();
  expect(steps).toBeLessThan(30);
  expect(await store.pendingPurges(10)).toHaveLength(1);
});

test("others have as much time between two steps as a step takes", async () => {
  await store.record(deletedSession().events);
  const workMs = 60;
  const pausesMs: number[] = [];
  const slow = withFaults(store, {
    purge: async (_purge, betweenSteps) => {
      for (let step = 0; step < 2; step++) {
        const endMs = performance.now() + workMs;
        while (performance.now() < endMs);
        await betweenSteps();
        pausesMs.push(performance.now() - endMs);
      }
      return undefined;
    },
  });
  startPurger({ store: slow });
  await waitFor(() => pausesMs.length === 2, { what: "two steps" });
  // A timer may be a millisecond early.
  expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(workMs - 2);
});
