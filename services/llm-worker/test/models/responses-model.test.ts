import { ByteProvider, type ByteAnswer } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelEnd } from "../../src/models/model.ts";
import { ModelFailure } from "../../src/models/provider-failure.ts";
import { openTestModel } from "./open-test-model.ts";

let provider: ByteProvider;

beforeAll(async () => {
  provider = await ByteProvider.start();
});
afterAll(async () => provider.close());

async function hear(
  answer: ByteAnswer,
): Promise<{ said: Record<string, string>; end?: ModelEnd; failure?: ModelFailure }> {
  provider.answer = () => answer;
  const model = openTestModel({ baseUrl: provider.url, api: "responses" });
  const said: Record<string, string> = { text: "", reasoning: "" };
  const request = {
    model: "m",
    messages: [{ role: "user" as const, content: "hi" }],
    replyTokens: 10,
    signal: new AbortController().signal,
  };
  try {
    const end = await model.stream(
      request,
      ({ type, text }) => void (said[type] = (said[type] ?? "") + text),
    );
    return { said, end };
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { said, failure: error };
  }
}

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const summary = (index: number, delta: string): string =>
  event({ type: "response.reasoning_summary_text.delta", item_id: "r", summary_index: index, delta });
const completed = (output: readonly object[] = []): string =>
  event({ type: "response.completed", response: { status: "completed", output } });
const message = { type: "message", content: [{ type: "output_text", text: "42" }] };

describe("an answer of the Responses API", () => {
  test("has a paragraph for each part of a thought", async () => {
    const pieces = [summary(0, "one"), summary(0, " more"), summary(1, "two"), completed([message])];
    expect((await hear({ pieces })).said).toEqual({ text: "42", reasoning: "one more\n\ntwo" });
  });

  test.each([
    [
      "in its end, after streamed thoughts",
      [summary(0, "hm"), completed([{ type: "reasoning", summary: [{ text: "hm" }] }, message])],
    ],
    [
      "in one event",
      [summary(0, "hm"), event({ type: "response.output_text.done", text: "42" }), completed()],
    ],
    [
      "in one event and again in its end",
      [summary(0, "hm"), event({ type: "response.output_text.done", text: "42" }), completed([message])],
    ],
  ])("may come %s, and is said once", async (_name, pieces) => {
    expect((await hear({ pieces })).said).toEqual({ text: "42", reasoning: "hm" });
  });

  test("that only calls a tool says so", async () => {
    expect((await hear({ pieces: [completed([{ type: "function_call", name: "f" }])] })).end?.reason).toBe(
      "tool_calls",
    );
  });

  test.each([
    ['{"type":"invalid_request_error","message":"The model does not exist"}', "does not exist"],
    ['{"type":"about:blank","title":"Not here","status":404}', "Not here"],
  ])("is no document with another type: %s", async (body, said) => {
    const { failure } = await hear({ headers: { "content-type": "application/json" }, pieces: [body] });
    expect(failure?.message).toContain(said);
  });

  test("that was cut short for a reason that nobody knows has failed, at once", async () => {
    const incomplete = event({
      type: "response.incomplete",
      response: { incomplete_details: { reason: "odd http://10.1.2.3" } },
    });
    const { failure } = await hear({ pieces: [incomplete], lastly: "hold" });
    expect(failure?.message).toMatch(/odd \[address\]/);
  });
});
