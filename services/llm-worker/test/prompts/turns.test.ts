import { replyIdOf } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultsOf, joined, Stage } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
  await Promise.all([stage.startWorker(), stage.startWorker()]);
});
afterAll(async () => stage?.close());

/** Waits until the model is in the middle of a session's reply. */
async function untilSaid(sessionId: string, promptId: string): Promise<void> {
  const chunks = await stage.listen(sessionId);
  await stage.untilStarted(sessionId, promptId);
  await waitFor(() => chunks.length > 2, { what: "some chunks" });
}

async function outcomeOf(message: string): Promise<string | undefined> {
  return (await stage.requests()).find(({ lastUserMessage }) => lastUserMessage === message)?.outcome;
}

describe("the prompts of a session", () => {
  test("are answered in their order, one at a time, whoever wakes up", async () => {
    const prompts: string[] = [];
    for (let number = 0; number < 8; number++)
      prompts.push(await stage.say("queue", `/rate 200 /count ${20 + number}`));
    await stage.append("queue", { type: "reaction", messageId: prompts[0] ?? "", emoji: "👍", on: true });
    for (const promptId of prompts) await stage.endOf("queue", promptId);
    expect(faultsOf(await stage.events("queue"))).toEqual([]);
    const ends = await stage.eventsOf("queue", "ai_complete");
    expect(ends.map(({ promptId }) => promptId)).toEqual(prompts);
    expect(ends.every(({ finishReason, attempt }) => finishReason === "stop" && attempt === 1)).toBe(true);
  });

  test("do not wait for those of another session", async () => {
    const slow = await stage.say("slow", "/rate 20 /count 40");
    await stage.untilStarted("slow", slow);
    const fast = await stage.say("fast", "/rate 0 /count 3");
    await stage.endOf("fast", fast);
    expect(await stage.eventsOf("slow", "ai_complete")).toEqual([]);
    await stage.endOf("slow", slow);
  });
});

describe("a stop", () => {
  test("in the middle ends the reply with what was said, and the call upstream", async () => {
    const message = "/rate 20 /count 501";
    const chunks = await stage.listen("middle");
    const promptId = await stage.say("middle", message);
    await untilSaid("middle", promptId);
    await stage.withdraw("middle", { type: "stop_requested", messageId: promptId });
    const end = await stage.endOf("middle", promptId);
    expect(end).toMatchObject({ finishReason: "stopped", attempt: 1 });
    expect(end.message).toMatch(/^1 2 3/);
    expect(joined(chunks, end)).toBe(end.message);
    await waitFor(async () => (await outcomeOf(message)) === "aborted", { what: "the abort upstream" });
  });

  test("of a reply that nobody told the workers about is found in the log", async () => {
    const promptId = await stage.say("untold", "/rate 20 /count 502");
    await untilSaid("untold", promptId);
    await stage.append("untold", { type: "stop_requested", messageId: replyIdOf(promptId, promptId) });
    expect(await stage.endOf("untold", promptId, 3_000)).toMatchObject({ finishReason: "stopped" });
  });

  test("said twice is the same as once", async () => {
    const promptId = await stage.say("twice", "/rate 20 /count 503");
    await untilSaid("twice", promptId);
    await stage.withdraw("twice", { type: "stop_requested", messageId: promptId });
    await stage.withdraw("twice", { type: "stop_requested", messageId: promptId });
    await stage.endOf("twice", promptId);
    const after = await stage.say("twice", "/rate 0 /count 2");
    expect(await stage.endOf("twice", after)).toMatchObject({ finishReason: "stop", message: "1 2" });
    expect(faultsOf(await stage.events("twice"))).toEqual([]);
  });

  test("before its turn ends the prompt at its turn, without the model", async () => {
    const first = await stage.say("early", "/rate 40 /count 40");
    await stage.untilStarted("early", first);
    const second = await stage.say("early", "/count 504");
    const third = await stage.say("early", "/rate 0 /count 2");
    await stage.withdraw("early", { type: "stop_requested", messageId: second });
    expect(await stage.endOf("early", third)).toMatchObject({ finishReason: "stop" });
    expect(await stage.endOf("early", second)).toMatchObject({
      finishReason: "stopped",
      attempt: 0,
      chunks: 0,
      message: "",
    });
    expect(faultsOf(await stage.events("early"))).toEqual([]);
    expect(await outcomeOf("/count 504")).toBeUndefined();
  });

  test("does not reach a regenerate after it", async () => {
    const promptId = await stage.say("again", "/rate 40 /count 60");
    await untilSaid("again", promptId);
    await stage.withdraw("again", { type: "stop_requested", messageId: promptId });
    const again = await stage.append("again", { type: "regenerate_requested", messageId: promptId });
    expect(await stage.endOf("again", promptId)).toMatchObject({ finishReason: "stopped" });
    expect(await stage.endOf("again", again)).toMatchObject({
      id: replyIdOf(promptId, again),
      messageId: promptId,
      finishReason: "stop",
    });
    expect(faultsOf(await stage.events("again"))).toEqual([]);
  });
});

describe("a message", () => {
  test("that was deleted before its turn is not answered", async () => {
    const first = await stage.say("deleted", "/rate 40 /count 30");
    await stage.untilStarted("deleted", first);
    const second = await stage.say("deleted", "/count 505");
    await stage.withdraw("deleted", { type: "message_deleted", messageId: second });
    expect(await stage.endOf("deleted", second)).toMatchObject({ finishReason: "stopped", attempt: 0 });
    expect(await outcomeOf("/count 505")).toBeUndefined();
  });

  test("that is not there cannot be answered again", async () => {
    const promptId = await stage.append("missing", { type: "regenerate_requested", messageId: "nothing" });
    expect(await stage.endOf("missing", promptId)).toMatchObject({
      finishReason: "error",
      error: { code: "not_found" },
    });
  });

  test("that was edited is answered in its new text, if that was asked for", async () => {
    const promptId = await stage.say("edited", "/rate 20 /count 506");
    await untilSaid("edited", promptId);
    const edit = await stage.append("edited", {
      type: "message_edited",
      messageId: promptId,
      message: "/rate 0 /echo better",
      reply: true,
    });
    expect(await stage.endOf("edited", edit)).toMatchObject({ finishReason: "stop", message: "better" });
    expect(await stage.endOf("edited", promptId)).toMatchObject({ finishReason: "stopped" });
    expect(faultsOf(await stage.events("edited"))).toEqual([]);
  });

  test("that asks for nothing, or is none, leaves nothing behind", async () => {
    const junk = [
      "\u0000",
      '{"type":"message","id":7}',
      '{"type":"message","is_user":true}',
      '{"type":"message_edited","reply":true}',
      '{"type":"regenerate_requested","id":"x"}',
      '{"type":"stop_requested","id":"x"}',
    ];
    for (const [index, text] of junk.entries())
      await stage.log.append("junk", Buffer.from(text), { eventId: `junk-${index}` });
    const promptId = await stage.say("junk", "/rate 0 /count 2");
    expect(await stage.endOf("junk", promptId)).toMatchObject({ finishReason: "stop" });
  });
});
