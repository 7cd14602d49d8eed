/** What one person can ask for costs the others nothing: many prompts and withdrawals in one session. */
import { operatorOf } from "@natter/session-log/testing";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { consumers, decodeObject, encodeFrame, streamName, subjects } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { faultsOf, quickTimings, Stage } from "../support/stage.ts";

const count = 1_000;
let stage: Stage;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-crowd-"));
  stage = await Stage.open();
});
afterEach(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What workers ask about a session, as it passes by at the broker. */
async function countQuestions(sessionId: string): Promise<{ store: number; log: number }> {
  const asked = { store: 0, log: 0 };
  stage.connection.subscribe(subjects.rpc("prompts"), ({ data }) => {
    if (decodeObject(data)?.["sessionId"] === sessionId) asked.store++;
  });
  stage.connection.subscribe(`$JS.API.STREAM.MSG.GET.${streamName}`, ({ data }) => {
    if (decodeObject(data)?.["last_by_subj"] === subjects.log(sessionId)) asked.log++;
  });
  await stage.connection.flush();
  return asked;
}

async function inHand(): Promise<{ waiting: number; held: number }> {
  const info = await operatorOf(stage.log).consumers.info(streamName, consumers.responder);
  return { waiting: info.num_pending, held: info.num_ack_pending };
}

async function untilSettled(held: number): Promise<void> {
  await waitFor(
    async () => {
      const now = await inHand();
      return now.waiting === 0 && now.held === held;
    },
    { what: `${held} deliveries in hand`, timeoutMs: 30_000 },
  );
}

test("a session with 1,000 open prompts and 1,000 stops of unknown ids is read a few times, and others are answered", async () => {
  await stage.startPersistence(join(folder, "natter.db"));
  await stage.startWorker({ NATTER_WORKER_SLOTS: "16" });
  const asked = await countQuestions("crowd");
  const slow = await stage.say("crowd", "/wait 60000");
  await stage.untilStarted("crowd", slow);
  const numbers = Array.from({ length: count }, (_, number) => number);
  const prompts = await Promise.all(numbers.map((number) => stage.say("crowd", `/count ${number}`)));
  await Promise.all(
    numbers.map((number) =>
      stage.append("crowd", { type: "stop_requested", messageId: `unknown-${number}` }),
    ),
  );
  const other = await stage.say("other", "/rate 0 /count 3");
  expect(await stage.endOf("other", other)).toMatchObject({ finishReason: "stop", message: "1 2 3" });
  // All but the delivery that started the run.
  await untilSettled(1);
  expect(asked.store).toBeLessThan(5);

  const beforeBurst = asked.log;
  for (let number = 0; number < count; number++)
    stage.connection.publish(subjects.control("crowd"), new Uint8Array());
  await stage.connection.flush();
  await waitFor(() => asked.log > beforeBurst, { what: "a reading after the stops" });
  expect(asked.log - beforeBurst).toBeLessThan(count / 10);

  // From here on nothing happens but the ticks of the session's run.
  const quietFrom = { reads: asked.log, atMs: performance.now() };
  const ticks = 6;
  await waitFor(() => asked.log >= quietFrom.reads + ticks, { what: "some ticks" });
  expect(performance.now() - quietFrom.atMs).toBeGreaterThan((ticks / 2) * quickTimings.tickMs);

  await stage.append("crowd", { type: "session_deleted" });
  stage.connection.publish(subjects.control("crowd"), new Uint8Array());
  expect(await stage.endOf("crowd", prompts.at(-1) ?? "", 60_000)).toMatchObject({ finishReason: "stopped" });
  await untilSettled(0);
  // The prompts themselves leave the log with their session.
  const ends = await stage.eventsOf("crowd", "ai_complete");
  expect(ends.map(({ promptId }) => promptId).toSorted()).toEqual([slow, ...prompts].toSorted());
}, 120_000);

test("the worker and the store stop in order while a session with 2,000 prompts and 2,000 stops is being read", async () => {
  const persistence = await stage.startPersistence(join(folder, "natter.db"));
  const worker = await stage.startWorkerProcess({ NATTER_WORKER_SLOTS: "16" });
  const numbers = Array.from({ length: 2 * count }, (_, number) => number);
  await stage.untilStarted("crowd", await stage.say("crowd", "/wait 60000"));
  await Promise.all(numbers.map((number) => stage.say("crowd", `/count ${number}`)));
  await Promise.all(
    numbers.map(async (number) => {
      await stage.append("crowd", { type: "stop_requested", messageId: `unknown-${number}` });
      stage.connection.publish(subjects.control("crowd"), new Uint8Array());
    }),
  );
  // Others ask the store at the same time.
  const asked = encodeFrame({ sessionId: "crowd" });
  for (const _ of numbers) stage.connection.publish(subjects.rpc("prompts"), asked);
  await stage.connection.flush();
  // A process that does not stop in order is ended with another code, at the latest by its own deadline.
  expect(await Promise.all([worker.stop(), persistence.stop()])).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
}, 120_000);

const stopped = {
  type: "ai_complete",
  attempt: 0,
  chunks: 0,
  message: "",
  finishReason: "stopped",
  model: "demo",
} as const;

test("deliveries that a session's run has overtaken leave the slots to other sessions", async () => {
  const early: string[] = [];
  for (let number = 0; number < 60; number++) early.push(await stage.say("ahead", `/count ${number}`));
  for (const promptId of early) await stage.append("ahead", { ...stopped, promptId, messageId: promptId });
  const slow = await stage.say("ahead", "/wait 60000");
  const other = await stage.say("behind", "/rate 0 /count 3");
  await stage.startWorker({ NATTER_WORKER_SLOTS: "4" });
  await stage.untilStarted("ahead", slow);
  expect(await stage.endOf("behind", other)).toMatchObject({ finishReason: "stop" });
  await stage.withdraw("ahead", { type: "stop_requested", messageId: slow });
  expect(await stage.endOf("ahead", slow)).toMatchObject({ finishReason: "stopped" });
  await untilSettled(0);
  expect(faultsOf(await stage.events("ahead"))).toEqual([]);
  // The slots are whole again: as many sessions as there are slots are answered at the same time.
  const names = ["one", "two", "three", "four"];
  const asked = await Promise.all(names.map((name) => stage.say(name, "/wait 60000")));
  for (const [index, name] of names.entries()) await stage.untilStarted(name, asked[index] ?? "");
  for (const [index, name] of names.entries())
    await stage.withdraw(name, { type: "stop_requested", messageId: asked[index] ?? "" });
  for (const [index, name] of names.entries()) await stage.endOf(name, asked[index] ?? "");
}, 60_000);
