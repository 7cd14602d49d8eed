import {
  aiUser,
  isSpliceable,
  replyErrors,
  replyIdOf,
  startsWith,
  frameHeads,
  subjects,
  type ReplySoFar,
} from "@natter/protocol";
import { decodeObject } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultsOf, joined, Stage } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
  await stage.startWorker({ NATTER_MODEL_IDLE_MS: "700", NATTER_MODEL_FIRST_TOKEN_MS: "2500" });
});
afterAll(async () => stage?.close());

async function answer(sessionId: string, message: string) {
  const chunks = await stage.listen(sessionId);
  const promptId = await stage.say(sessionId, message);
  const end = await stage.endOf(sessionId, promptId);
  expect(faultsOf(await stage.events(sessionId))).toEqual([]);
  await waitFor(() => chunks.length >= end.chunks, { what: "the last chunk" });
  expect(joined(chunks, end)).toBe(end.message);
  return { promptId, end, chunks };
}

describe("a reply", () => {
  test("begins, streams and ends, each durable event once", async () => {
    const { promptId, end, chunks } = await answer("whole", "/count 40");
    const [start] = await stage.eventsOf("whole", "ai_start");
    const id = replyIdOf(promptId, promptId);
    expect(start).toMatchObject({
      id,
      user: aiUser,
      promptId,
      messageId: promptId,
      attempt: 1,
      model: "demo",
    });
    expect(end).toMatchObject({ id, user: aiUser, promptId, messageId: promptId, attempt: 1, model: "demo" });
    expect(end).toMatchObject({ finishReason: "stop", usage: { completionTokens: 40 } });
    expect(end.message).toBe(Array.from({ length: 40 }, (_, index) => index + 1).join(" "));
    expect(end.firstTokenMs).toBeGreaterThanOrEqual(0);
    expect(chunks[0]?.chunk).toBe("1");
    expect(chunks.length).toBeLessThan(40);
  });

  test("is made of events that a gateway can splice", async () => {
    await answer("bytes", "/count 3");
    for await (const { bytes } of stage.log.read("bytes", { after: 0 }))
      expect(isSpliceable(bytes)).toBe(true);
    const last = await stage.log.last("bytes");
    expect(last && startsWith(last.bytes, frameHeads.aiComplete)).toBe(true);
  });

  test("keeps every character whole, however the provider cuts its bytes", async () => {
    const { end, chunks } = await answer("korean", "/rate 300 /split /korean");
    expect(end.message).toMatch(/안녕하세요! .*👨‍👩‍👧‍👦/u);
    expect(chunks.every(({ chunk }) => chunk.isWellFormed())).toBe(true);
  });

  test("numbers what the model thinks aloud, and keeps it out of the text", async () => {
    const { end, chunks } = await answer("thinking", "/reasoning 5 /count 3");
    expect(end.message).toBe("1 2 3");
    expect(end.reasoning).toBe("thought 1 thought 2 thought 3 thought 4 thought 5 ");
    const thoughts = chunks.filter(({ part }) => part === "reasoning").map(({ chunk }) => chunk);
    expect(thoughts.join("")).toBe(end.reasoning);
  });

  test.each([
    ["finished without counting", "/nousage /count 30", "stop"],
    ["was cut", "/cut 20 /count 30", "error"],
  ])("whose provider %s says about what it took", async (_name, message, finishReason) => {
    const { end } = await answer(message.replaceAll(/\W/g, "_"), message);
    expect(end).toMatchObject({ finishReason, usage: { estimated: true } });
    expect(end.usage?.promptTokens).toBeGreaterThan(5);
    expect(end.usage?.completionTokens).toBeGreaterThan(15);
    expect(end.usage?.completionTokens).toBeLessThan(90);
  });

  test("may be empty", async () => {
    const { end } = await answer("empty", "/empty");
    expect(end).toMatchObject({ finishReason: "stop", message: "", chunks: 0 });
  });

  test("says that the model reached its length", async () => {
    expect((await answer("length", "/length 4 /count 9")).end).toMatchObject({
      finishReason: "length",
      message: "1 2 3 4",
    });
  });

  test("is cut at the largest size of a reply", async () => {
    const { end } = await answer("huge", "/bench 1000 0 2000");
    expect(end.finishReason).toBe("length");
    const bytes = Buffer.byteLength(JSON.stringify(end.message));
    expect(bytes).toBeGreaterThan(500_000);
    expect(bytes).toBeLessThanOrEqual(512 * 1024 + 2);
    await waitFor(async () => (await stage.requests()).at(-1)?.outcome === "aborted", {
      what: "the abort upstream",
    });
  });

  test("can be asked about while it runs", async () => {
    const promptId = await stage.say("asked", "/rate 30 /count 40");
    await stage.untilStarted("asked", promptId);
    const soFar = await waitFor(
      async () => {
        const message = await stage.connection.request(subjects.reply("asked"), new Uint8Array(), {
          timeoutMs: 1_000,
        });
        const reply = decodeObject(message.data) as unknown as ReplySoFar;
        return reply.state === "replying" && reply.chunks.length > 2 ? reply : undefined;
      },
      { what: "some chunks" },
    );
    const end = await stage.endOf("asked", promptId);
    expect(soFar).toMatchObject({ id: end.id, attempt: 1 });
    expect(end.message.startsWith(soFar.chunks.join(""))).toBe(true);
    await expect(
      stage.connection.request(subjects.reply("asked"), new Uint8Array(), { timeoutMs: 1_000 }),
    ).rejects.toThrow(/no responders/);
  });
});

describe("what goes wrong at the provider ends in one visible error:", () => {
  test.each([
    ["a stream that was cut", "/cut 5 /count 9", { code: "cut" }, "1 2 3 4 5"],
    ["a connection that was torn down", "/reset 4 /count 9", { code: "cut" }, "1 2"],
    ["silence", "/stall 3 /count 9", { code: "stalled" }, "1 2 3"],
    ["silence with comments", "/keepalive /stall 3 /count 9", { code: "stalled" }, "1 2 3"],
    ["an error in the stream", "/error 2 /count 9", { code: "provider" }, "1 2"],
    ["something else than JSON", "/badjson 2 /count 9", { code: "provider" }, "1 2"],
    ["a refusal", "/fail 401 /count 3", { code: "refused" }, ""],
    ["a failure that passes and comes again", "/fail 500 /count 3", { code: "provider" }, ""],
  ])("%s", async (name, message, error, text) => {
    const { end } = await answer(name.replaceAll(" ", "_"), message);
    expect(end).toMatchObject({ finishReason: "error", error });
    expect(end.message.startsWith(text)).toBe(true);
    expect(end.error?.message).toBe(replyErrors[error.code as keyof typeof replyErrors]);
  });

  test("no capacity, four times", async () => {
    const { end } = await answer("busy", "/fail 429 /count 3");
    expect(end).toMatchObject({ finishReason: "error", error: { code: "rate_limited" }, message: "" });
    const asked = (await stage.requests()).filter(
      ({ lastUserMessage }) => lastUserMessage === "/fail 429 /count 3",
    );
    expect(asked).toHaveLength(4);
  });

  test("no sign of life at all", async () => {
    const { end } = await answer("dead", "/wait 60000 /count 3");
    expect(end).toMatchObject({ finishReason: "error", error: { code: "stalled" }, message: "" });
  });

  test("nothing, if the provider recovers and says when", async () => {
    const begunAt = performance.now();
    const { end } = await answer("recovers", "/retry-after 1 /fail 429 2 /count 3");
    expect(end).toMatchObject({ finishReason: "stop", message: "1 2 3" });
    expect(performance.now() - begunAt).toBeGreaterThan(1_900);
  });
});

describe("the whole time of a reply", () => {
  test("has an end", async () => {
    const other = await Stage.open();
    await other.startWorker({ NATTER_REPLY_MS: "1000" });
    const promptId = await other.say("slow", "/rate 20 /count 900");
    const end = await other.endOf("slow", promptId);
    expect(end).toMatchObject({ finishReason: "error", error: { code: "deadline" } });
    expect(end.message).toMatch(/^1 2 3/);
    await other.close();
  });
});
