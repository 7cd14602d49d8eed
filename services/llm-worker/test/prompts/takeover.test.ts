import { operatorOf } from "@natter/session-log/testing";
import { consumers, streamName } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faultsOf, joined, Stage } from "../support/stage.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(async () => stage?.close());

describe("a worker", () => {
  test("that is killed in the middle of a reply is succeeded, and the text begins anew", async () => {
    const owner = await stage.startWorkerProcess();
    const chunks = await stage.listen("killed");
    const promptId = await stage.say("killed", "/rate 30 /count 60");
    await waitFor(() => chunks.length > 5, { what: "some chunks" });
    await stage.startWorker();
    await owner.kill();
    const end = await stage.endOf("killed", promptId, 20_000);
    expect(end).toMatchObject({ attempt: 2, finishReason: "stop" });
    await waitFor(() => joined(chunks, end) !== undefined, { what: "the last chunk" });
    expect(joined(chunks, end)).toBe(end.message);
    expect(faultsOf(await stage.events("killed"))).toEqual([]);
  });

  test("that stops hands its reply over at once, and that is no failure", async () => {
    const owner = await stage.startWorkerProcess();
    const chunks = await stage.listen("stopped");
    const promptId = await stage.say("stopped", "/rate 30 /count 90");
    const next = await stage.say("stopped", "/rate 0 /count 2");
    await waitFor(() => chunks.length > 5, { what: "some chunks" });
    await stage.startWorker();
    const stopping = owner.stop();
    const start = await stage.untilStarted("stopped", promptId, 2);
    // The claim counts the workers that were lost at the prompt before.
    expect(start.claim).toMatch(/\.0$/);
    expect(await stage.endOf("stopped", promptId)).toMatchObject({ attempt: 2, finishReason: "stop" });
    expect(await stage.endOf("stopped", next)).toMatchObject({ attempt: 1, finishReason: "stop" });
    expect(await stopping).toEqual({ code: 0, signal: null });
    expect(faultsOf(await stage.events("stopped"))).toEqual([]);
  });

  test("that drains finishes the reply in hand, and leaves the next prompt to another worker", async () => {
    const owner = await stage.startWorkerProcess({ NATTER_DRAIN_SECONDS: "60" });
    const promptId = await stage.say("drained", "/rate 30 /count 60");
    const next = await stage.say("drained", "/rate 0 /count 2");
    await stage.untilStarted("drained", promptId);
    const stopping = owner.stop();
    await stage.startWorker();
    expect(await stage.endOf("drained", promptId)).toMatchObject({ attempt: 1, finishReason: "stop" });
    expect(await stage.endOf("drained", next)).toMatchObject({ attempt: 1, finishReason: "stop" });
    expect(await stopping).toEqual({ code: 0, signal: null });
    const elsewhere = await stage.say("drained-elsewhere", "/rate 0 /count 2");
    expect(await stage.endOf("drained-elsewhere", elsewhere)).toMatchObject({ attempt: 1 });
    expect(faultsOf(await stage.events("drained"))).toEqual([]);
  });

  test("whose drain is over hands the rest over", async () => {
    const owner = await stage.startWorkerProcess({ NATTER_DRAIN_SECONDS: "1" });
    const promptId = await stage.say("too-long", "/rate 30 /count 150");
    await stage.untilStarted("too-long", promptId);
    const stopping = owner.stop();
    await stage.startWorker();
    expect(await stage.endOf("too-long", promptId)).toMatchObject({ attempt: 2, finishReason: "stop" });
    expect(await stopping).toEqual({ code: 0, signal: null });
    expect(faultsOf(await stage.events("too-long"))).toEqual([]);
  });

  test("that drains obeys a stop at once", async () => {
    const owner = await stage.startWorkerProcess({ NATTER_DRAIN_SECONDS: "60" });
    const promptId = await stage.say("drained-stop", "/rate 10 /count 500");
    await stage.untilStarted("drained-stop", promptId);
    const stopping = owner.stop();
    await stage.withdraw("drained-stop", { type: "stop_requested", messageId: promptId });
    expect(await stage.endOf("drained-stop", promptId)).toMatchObject({
      attempt: 1,
      finishReason: "stopped",
    });
    expect(await stopping).toEqual({ code: 0, signal: null });
  });

  test("that stops while it asks for its first events comes to its end", async () => {
    const worker = await stage.startWorker();
    await worker.stop();
    await stage.startWorker();
    const promptId = await stage.say("successor", "/rate 0 /count 2");
    expect(await stage.endOf("successor", promptId)).toMatchObject({ attempt: 1, finishReason: "stop" });
  });

  test("that was frozen and wakes says and changes nothing", async () => {
    const owner = await stage.startWorkerProcess();
    const chunks = await stage.listen("frozen");
    const promptId = await stage.say("frozen", "/rate 30 /count 90");
    await waitFor(() => chunks.length > 5, { what: "some chunks" });
    await stage.startWorker();
    await owner.freeze();
    await stage.untilStarted("frozen", promptId, 2);
    const heard = chunks.filter(({ attempt }) => attempt === 1).length;
    owner.thaw();
    const end = await stage.endOf("frozen", promptId);
    expect(end).toMatchObject({ attempt: 2, finishReason: "stop" });
    // What it had handed to its socket before the freeze leaves it afterwards; gateways drop words of a past attempt.
    expect(chunks.filter(({ attempt }) => attempt === 1).length - heard).toBeLessThanOrEqual(1);
    await waitFor(() => joined(chunks, end) === end.message, { what: "all chunks" });
    expect(faultsOf(await stage.events("frozen"))).toEqual([]);
    // It is good for the next one.
    const calls = (await stage.requests()).length;
    const after = await stage.say("frozen", "/rate 0 /count 2");
    await stage.endOf("frozen", after);
    expect((await stage.requests()).length).toBe(calls + 1);
  });

  test("that is frozen for a moment goes on", async () => {
    const owner = await stage.startWorkerProcess();
    const chunks = await stage.listen("dozed");
    const promptId = await stage.say("dozed", "/rate 30 /count 60");
    await waitFor(() => chunks.length > 5, { what: "some chunks" });
    await owner.freeze();
    setTimeout(() => owner.thaw(), 1_300);
    const end = await stage.endOf("dozed", promptId);
    expect(end).toMatchObject({ attempt: 1, finishReason: "stop" });
    await waitFor(() => joined(chunks, end) === end.message, { what: "all chunks" });
  });

  test("is not followed by another one after five were lost at one prompt", async () => {
    const promptId = await stage.say("cursed", "/count 400");
    const started = { type: "ai_start", promptId, messageId: promptId, model: "demo" } as const;
    await stage.append("cursed", { ...started, attempt: 1, claim: "somebody.0" });
    await stage.append("cursed", { ...started, attempt: 2, claim: "somebody-else.4" });
    await stage.startWorker();
    expect(await stage.endOf("cursed", promptId)).toMatchObject({
      finishReason: "error",
      error: { code: "failed_too_often" },
      attempt: 0,
    });
    expect(await stage.requests()).toEqual([]);
  });
});

describe("a stopped reply whose owner died", () => {
  test("is ended without the model", async () => {
    const owner = await stage.startWorkerProcess();
    const chunks = await stage.listen("orphan");
    const promptId = await stage.say("orphan", "/rate 10 /count 400");
    await waitFor(() => chunks.length > 2, { what: "some chunks" });
    await owner.kill();
    await stage.append("orphan", { type: "stop_requested", messageId: promptId });
    await stage.startWorker();
    expect(await stage.endOf("orphan", promptId)).toMatchObject({ finishReason: "stopped", attempt: 0 });
    expect(await stage.requests()).toHaveLength(1);
  });
});

describe("the broker", () => {
  test("may be killed in the middle of a reply", async () => {
    await stage.startWorker();
    const promptId = await stage.say("away", "/rate 40 /count 80");
    await stage.untilStarted("away", promptId);
    await stage.nats.restart();
    const end = await stage.endOf("away", promptId, 30_000);
    expect(end).toMatchObject({ attempt: 1, finishReason: "stop" });
    expect(faultsOf(await stage.events("away"))).toEqual([]);
  });

  test("may lose the consumer: it is made again, and nothing is answered twice", async () => {
    await stage.startWorker();
    await stage.endOf("lost", await stage.say("lost", "/rate 0 /count 2"));
    await operatorOf(stage.log).consumers.delete(streamName, consumers.responder);
    const promptId = await stage.say("lost", "/rate 0 /count 3");
    expect(await stage.endOf("lost", promptId)).toMatchObject({ finishReason: "stop" });
    expect(await stage.eventsOf("lost", "ai_start")).toHaveLength(2);
    expect(faultsOf(await stage.events("lost"))).toEqual([]);
  });

  test("may lose the stream: the worker makes it again and goes on", async () => {
    await stage.startWorker();
    const running = await stage.say("gone", "/rate 20 /count 60");
    await stage.untilStarted("gone", running);
    await operatorOf(stage.log).streams.delete(streamName);
    await stage.log.ensure();
    const promptId = await stage.say("gone", "/rate 0 /count 3");
    expect(await stage.endOf("gone", promptId, 20_000)).toMatchObject({ finishReason: "stop" });
    expect(faultsOf(await stage.events("gone"))).toEqual([]);
  });
});
