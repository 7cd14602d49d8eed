import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { generate } from "../../src/reply/generation.ts";
import type { Model, ModelEnd, ModelPart } from "../../src/models/model.ts";
import { ModelFailure } from "../../src/models/provider-failure.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

type Turn = (onPart: (part: ModelPart) => void, signal: AbortSignal) => Promise<ModelEnd>;

/** Calls a model that does one thing for each try, and says when each try was. */
async function run(turns: readonly Turn[], over: { idleMs?: number; signal?: AbortSignal } = {}) {
  const triesAtMs: number[] = [];
  const defects: unknown[] = [];
  const begunAtMs = performance.now();
  const model: Model = {
    async stream({ signal }, onPart) {
      triesAtMs.push(performance.now() - begunAtMs);
      const turn = turns[Math.min(triesAtMs.length, turns.length) - 1];
      if (!turn) throw new Error("no turn");
      return turn(onPart, signal);
    },
  };
  const ending = generate({
    model,
    modelName: "m",
    messages: [],
    replyTokens: 10,
    firstTokenMs: 60_000,
    idleMs: over.idleMs ?? 60_000,
    totalMs: 300_000,
    signal: over.signal ?? new AbortController().signal,
    onPart: () => undefined,
    onFailure: () => undefined,
    onDefect: (error) => defects.push(error),
  });
  await vi.advanceTimersByTimeAsync(400_000);
  return { end: await ending, triesAtMs, defects };
}

const fails =
  (retryAfterMs: number | undefined, retryable = true): Turn =>
  async () =>
    Promise.reject(new ModelFailure("rate_limited", "secret words", { retryable, retryAfterMs }));
const stops: Turn = async () => Promise.resolve({ reason: "stop" });

test.each([undefined, 0])(
  "a provider that asks for a pause of %s ms gets the usual one",
  async (retryAfterMs) => {
    const { end, triesAtMs } = await run([fails(retryAfterMs)]);
    expect(triesAtMs).toHaveLength(4);
    expect(triesAtMs[1]).toBeGreaterThanOrEqual(375);
    expect(triesAtMs[2]).toBeGreaterThanOrEqual(375 + 750);
    expect(triesAtMs[3]).toBeGreaterThanOrEqual(375 + 750 + 1_500);
    expect(end).toMatchObject({ error: { code: "rate_limited" } });
    expect(end.error?.message).not.toContain("secret");
  },
);

test("a provider that asks for a longer pause gets it, and one that asks for too long is not asked again", async () => {
  const { end, triesAtMs } = await run([fails(5_000), stops]);
  expect(triesAtMs).toEqual([0, 5_000]);
  expect(end.finishReason).toBe("stop");
  expect((await run([fails(31_000)])).triesAtMs).toEqual([0]);
});

const cut: Turn = async (onPart) => {
  onPart({ type: "text", text: "a" });
  return Promise.reject(new ModelFailure("cut", "", { retryable: true }));
};

test("an answer that was seen is not asked for again", async () => {
  expect((await run([cut])).triesAtMs).toEqual([0]);
});

test("a defect ends the answer at once, as what it is", async () => {
  const error = new TypeError("mine");
  const { end, triesAtMs, defects } = await run([async () => Promise.reject(error)]);
  expect(triesAtMs).toEqual([0]);
  expect(defects).toEqual([error]);
  expect(end).toMatchObject({ finishReason: "error", error: { code: "internal" } });
});

/** It has said that it is done, and waits for the connection's end. */
const silent: Turn = async (onPart, signal) => {
  onPart({ type: "text", text: "a" });
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return { reason: "stop" };
};

test("the end that a model said before it fell silent is its end", async () => {
  expect((await run([silent], { idleMs: 100 })).end).toMatchObject({ finishReason: "stop" });
});
