/** What one reply meets is that reply's own: the process, the session's next prompt and other sessions go on. */
import type { LogEventOf } from "@natter/protocol";
import {
  ByteProvider,
  waitFor,
  type ChildProgram,
  type ByteAnswer,
  type ProviderRequest,
} from "@natter/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultsOf, joined, Stage } from "../support/stage.ts";

let stage: Stage;
let provider: ByteProvider;

beforeAll(async () => {
  [stage, provider] = await Promise.all([Stage.open(), ByteProvider.start()]);
});
afterAll(async () => {
  await stage?.close();
  await provider?.close();
});

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const text = (content: unknown): object => ({
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});
const stop = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
const fine: ByteAnswer = { pieces: [event(text("fine")), event(stop), "data: [DONE]\n\n"] };

function lastOf({ body }: ProviderRequest): string {
  const messages = body["messages"] as readonly { content: string }[];
  return messages.at(-1)?.content.split("\n\n").at(-1) ?? "";
}

/** Values of every JSON type at each place that the worker looks at, in any order and any pieces. */
function hostileAnswers(count: number): ByteAnswer[] {
  const json = fc.jsonValue({ maxDepth: 3 });
  const delta = fc.oneof(
    json,
    fc.record(
      { content: json, reasoning_content: json, reasoning: json, thinking: json, refusal: json, role: json },
      { requiredKeys: [] },
    ),
  );
  const choice = fc.oneof(
    json,
    fc.record({ index: json, delta, message: json, finish_reason: json }, { requiredKeys: ["delta"] }),
  );
  const chunk = fc.oneof(
    fc.record(
      { choices: fc.oneof(json, fc.array(choice, { maxLength: 2 })), usage: json, error: json },
      { requiredKeys: ["choices"] },
    ),
    json,
    fc.constant(text("words ")),
  );
  const piece = fc.oneof(
    { weight: 6, arbitrary: chunk.map(event) },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  );
  const answer = fc.record({
    pieces: fc.array(piece, { maxLength: 6 }),
    lastly: fc.constantFrom<"end" | "reset">("end", "reset"),
    status: fc.constantFrom(200, 200, 200, 400, 500),
  });
  return fc.sample(answer, { seed: 42, numRuns: count });
}

test("whatever the provider sends, the worker lives, each reply ends once, and all others are answered", async () => {
  const answers = hostileAnswers(120);
  const neighbour: ByteAnswer = {
    pieces: [...Array.from({ length: 150 }, (_, index) => event(text(`${index} `))), event(stop)],
    pauseMs: 50,
  };
  provider.answer = (request) => {
    const said = lastOf(request);
    if (said === "neighbour") return neighbour;
    return said.startsWith("hostile ") ? (answers[Number(said.slice(8))] ?? fine) : fine;
  };
  const worker = await stage.startWorkerProcess({ OPENAI_BASE_URL: provider.url });
  const chunks = await stage.listen("neighbour");
  const slow = await stage.say("neighbour", "neighbour");
  const prompts = await Promise.all(
    answers.map(async (_, index) => {
      const session = `hostile-${index}`;
      return {
        session,
        first: await stage.say(session, `hostile ${index}`),
        next: await stage.say(session, "and now?"),
      };
    }),
  );
  for (const { session, first, next } of prompts) {
    await stage.endOf(session, first, 30_000);
    expect(await stage.endOf(session, next, 30_000)).toMatchObject({
      finishReason: "stop",
      message: "fine",
      attempt: 1,
    });
    expect(faultsOf(await stage.events(session))).toEqual([]);
  }
  const end = await stage.endOf("neighbour", slow, 30_000);
  expect(end).toMatchObject({ finishReason: "stop", attempt: 1 });
  await waitFor(() => chunks.length >= end.chunks, { what: "the neighbour's last chunk" });
  expect(joined(chunks, end)).toBe(end.message);
  expect(worker.isRunning).toBe(true);
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
}, 120_000);

describe("a worker that dies", () => {
  test("counts against the prompt that it dies of: its neighbours are answered, however often that is", async () => {
    const starts: Promise<ChildProgram>[] = [];
    let isOver = false;
    const start = (): void => {
      const starting = stage.startWorkerProcess({ OPENAI_BASE_URL: provider.url });
      starts.push(starting);
      void starting.then(async (worker) => worker.ended).then(() => isOver || start());
    };
    // A worker may ask before it has said that it is ready.
    const killLast = async (): Promise<void> => void (await starts.at(-1))?.kill();
    provider.answer = (request) => {
      if (lastOf(request) !== "poison") return { ...fine, headersAfterMs: 700 };
      void killLast();
      return { pieces: [], lastly: "hold" };
    };
    start();
    const healthy = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => ({
        session: `healthy-${index}`,
        prompt: await stage.say(`healthy-${index}`, "hello"),
      })),
    );
    const poison = await stage.say("poison", "poison");
    const ends: LogEventOf<"ai_complete">[] = [];
    for (const { session, prompt } of healthy) ends.push(await stage.endOf(session, prompt, 80_000));
    expect(ends.map(({ finishReason }) => finishReason)).toEqual(healthy.map(() => "stop"));
    expect(await stage.endOf("poison", poison, 80_000)).toMatchObject({
      error: { code: "failed_too_often" },
    });
    isOver = true;
    await killLast();
  }, 180_000);
});
