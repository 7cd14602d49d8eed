import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreClient } from "@natter/session-log";
import { operatorOf } from "@natter/session-log/testing";
import { consumers, streamName, subjects } from "@natter/protocol";
import { waitFor, type ChildProgram } from "@natter/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faultsOf, Stage } from "../support/stage.ts";

let stage: Stage;
let folder: string;
let persistence: ChildProgram;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-store-"));
  stage = await Stage.open();
  persistence = await stage.startPersistence(join(folder, "natter.db"));
});
afterEach(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

function store(): StoreClient {
  return new StoreClient(stage.connection);
}

async function untilStored(seq: number): Promise<void> {
  await waitFor(
    async () => {
      const { appliedSeq } = await store().ask("prompts", { sessionId: "any" });
      return appliedSeq >= seq;
    },
    { what: "the store to be complete" },
  );
}

async function told(sessionId: string): Promise<unknown> {
  const end = await stage.endOf(sessionId, await stage.say(sessionId, "/rate 0 /context"));
  return JSON.parse(end.message);
}

const exchange = [
  { role: "user", content: "/rate 0 /echo one" },
  { role: "assistant", content: "one" },
];

describe("with a store", () => {
  test("the model is told what was stored and what was not yet, in the session's own words", async () => {
    await stage.startWorker();
    await stage.append("told", { type: "session_updated", systemPrompt: "Speak like a pirate." });
    const last = await stage.endOf("told", await stage.say("told", "/rate 0 /echo one"));
    expect(last.finishReason).toBe("stop");
    await untilStored((await stage.log.last("told"))?.seq ?? 0);
    // From here on the store is as it was, and the log goes on.
    await persistence.freeze();
    const unrecorded = await stage.say("told", "/rate 0 /echo two");
    await stage.endOf("told", unrecorded, 20_000);
    expect(await told("told")).toEqual([
      { role: "system", content: "Speak like a pirate." },
      ...exchange,
      { role: "user", content: "/rate 0 /echo two" },
      { role: "assistant", content: "two" },
      { role: "user", content: "/rate 0 /context" },
    ]);
    persistence.thaw();
  });

  test("what the log no longer holds is told, too", async () => {
    await stage.startWorker();
    await stage.endOf("old", await stage.say("old", "/rate 0 /echo one"));
    await untilStored((await stage.log.last("old"))?.seq ?? 0);
    await operatorOf(stage.log).streams.purge(streamName, { filter: subjects.log("old") });
    expect(await told("old")).toEqual([
      { role: "system", content: "Be brief." },
      ...exchange,
      { role: "user", content: "/rate 0 /context" },
    ]);
  });

  test("a prompt that expired unanswered is ended, and the next one is answered", async () => {
    const expired = await stage.say("expired", "/count 3");
    const { seq = 0 } = (await stage.log.last("expired")) ?? {};
    await untilStored(seq);
    await operatorOf(stage.log).streams.purge(streamName, { filter: subjects.log("expired") });
    await stage.startWorker();
    const next = await stage.say("expired", "/rate 0 /count 2");
    expect(await stage.endOf("expired", expired)).toMatchObject({
      finishReason: "error",
      error: { code: "expired" },
      attempt: 0,
    });
    expect(await stage.endOf("expired", next)).toMatchObject({ finishReason: "stop", message: "1 2" });
  });

  test("a consumer that is made again starts at the earliest open prompt", async () => {
    const worker = await stage.startWorker();
    for (let number = 0; number < 5; number++)
      await stage.endOf("start", await stage.say("start", "/rate 0 /count 2"));
    await worker.stop();
    const open = await stage.say("start", "/rate 0 /count 3");
    const { seq = 0 } = (await stage.log.last("start")) ?? {};
    await untilStored(seq);
    await operatorOf(stage.log).consumers.delete(streamName, consumers.responder);
    await stage.startWorker();
    await stage.endOf("start", open);
    const { config } = await operatorOf(stage.log).consumers.info(streamName, consumers.responder);
    expect(config.opt_start_seq).toBe(seq);
    expect(faultsOf(await stage.events("start"))).toEqual([]);
  });

  test("a consumer that is made again passes over no open prompt because of one in a log that is gone", async () => {
    await stage.say("gone", "/count 3");
    await untilStored((await stage.log.last("gone"))?.seq ?? 0);
    await operatorOf(stage.log).streams.delete(streamName);
    await stage.log.ensure();
    await waitFor(
      async () => (await store().ask("prompts", { sessionId: "gone" })).epoch === stage.log.epoch,
      {
        what: "the store to know of the new log",
        timeoutMs: 15_000,
      },
    );
    expect((await store().ask("earliest_prompt", {})).position?.epoch).not.toBe(stage.log.epoch);
    const open = await stage.say("here", "/rate 0 /count 2");
    await untilStored((await stage.log.last("here"))?.seq ?? 0);
    await stage.startWorker();
    expect(await stage.endOf("here", open)).toMatchObject({ message: "1 2" });
  });

  test("many prompts at once are each answered once", async () => {
    await Promise.all([stage.startWorker(), stage.startWorker()]);
    const names = Array.from({ length: 10 }, (_, index) => `many-${index}`);
    const asked: [string, string][] = [];
    for (let number = 0; number < 60; number++) {
      const name = names[number % names.length] ?? "";
      asked.push([name, await stage.say(name, `/rate 0 /count ${number}`)]);
    }
    for (const [name, promptId] of asked) await stage.endOf(name, promptId, 30_000);
    for (const name of names) expect(faultsOf(await stage.events(name))).toEqual([]);
  });
});
