import { describe, expect, test } from "vitest";
import { refusalOf } from "../../src/models/provider-failure.ts";
import { learnFrom } from "../../src/models/request/adaptation.ts";
import { TraitBook, type ProviderTraits } from "../../src/models/provider-traits.ts";
import type { ModelMessage } from "../../src/models/model.ts";

const known = { limitName: "auto", streamOptions: "auto", systemRole: "auto" } as const;
const first = new TraitBook("http://127.0.0.1:1/v1", known).of("m");
const messages: readonly ModelMessage[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "first ".repeat(500) },
  { role: "assistant", content: "second ".repeat(500) },
  { role: "user", content: "third" },
];

function learn(
  message: string,
  how: { status?: number; traits?: ProviderTraits } = {},
): ProviderTraits | undefined {
  const { status = 400, traits = first } = how;
  const failure = refusalOf({ status, words: "invalid_request_error", message });
  return learnFrom(failure, traits, { messages, replyTokens: 4_096 });
}

describe("what a provider's refusal teaches:", () => {
  test.each<[string, Partial<ProviderTraits>]>([
    [
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      { limitName: "max_completion_tokens" },
    ],
    ["Unrecognized request argument supplied: max_tokens", { limitName: "max_completion_tokens" }],
    [
      '{"detail":[{"type":"extra_forbidden","loc":["body","max_tokens"],"msg":"Extra inputs are not permitted"}]}',
      { limitName: "max_completion_tokens" },
    ],
    [
      "`max_tokens` must be less than or equal to `2048`, the maximum value for this model",
      { replyTokens: 2_048 },
    ],
    [
      "max_tokens is too large: 4096. This model supports at most 1024 completion tokens.",
      { replyTokens: 1_024 },
    ],
    ["Unrecognized request argument supplied: stream_options", { streamOptions: false }],
    ['{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"]}]}', { streamOptions: false }],
    ["'include_usage' is not supported", { streamOptions: false }],
    ["System role not supported", { systemRole: "user" }],
    ["Developer instruction is not enabled for models/gemma-3-27b-it", { systemRole: "user" }],
    [
      "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
      { systemRole: "user" },
    ],
    ["Conversation roles must alternate user/assistant/user/assistant/...", { systemRole: "user" }],
  ])("%s", (message, learnt) => {
    expect(learn(message)).toMatchObject(learnt);
  });

  test.each([
    ["a wrong key", "Incorrect API key; the max_tokens are fine", 401],
    ["no such model", "The model `m` does not exist", 404],
    ["no capacity", "Rate limit reached for max_tokens per minute: limit 1000", 429],
    ["a limit that it was not sent", "Unknown parameter: max_completion_tokens", 400],
    ["nothing that is known", "Something is wrong", 400],
  ])("%s teaches nothing", (_name, message, status) => {
    expect(learn(message, { status })).toBeUndefined();
  });

  test.each([
    "Unsupported parameter: 'max_tokens' is not supported with gpt-5-mini-2025-08-07, which supports 'max_completion_tokens' instead.",
    "400 max_tokens is not supported in version 2024",
  ])("numbers that are no bound are none: %s", (message) => {
    expect(learn(message)).toMatchObject({ limitName: "max_completion_tokens", replyTokens: undefined });
  });

  test.each([
    "400 prompt is too long",
    "Model gpt-5-mini-2025-08-07: input is too long",
    "Rejected 4711: context length exceeded, error 1234",
  ])("numbers that are no size of a context are none: %s", (message) => {
    expect(learn(message)?.toldContextTokens).toBeUndefined();
  });

  test.each([
    [500, "The system had an unexpected error while processing your message"],
    [503, "Overloaded, only system messages are served"],
    [500, "stream_options failed"],
    [500, "max_tokens unsupported"],
  ])("an outage of %i teaches nothing: %s", (status, message) => {
    expect(learn(message, { status })).toBeUndefined();
  });

  test("a template that fails for want of a system role teaches it, also as a 500", () => {
    expect(learn("Jinja Exception: System role not supported", { status: 500 })?.systemRole).toBe("user");
  });

  test("a limit that is refused under both names is left out, and then there is nothing left to learn", () => {
    const second = learn("max_tokens is unknown");
    const third = learn("max_completion_tokens is unknown", { ...(second && { traits: second }) });
    expect(third?.limitName).toBe("none");
    expect(learn("max_tokens is unknown", { ...(third && { traits: third }) })).toBeUndefined();
  });

  test.each([
    "This model's maximum context length is 900 tokens. However, you requested 5000 tokens (904 in the messages, 4096 in the completion).",
    "the request exceeds the available context size (900 tokens), try increasing it",
    "prompt is too long: 5000 tokens > 900 maximum",
    "The prompt is too long: the maximum is 900 tokens",
  ])("a context that is too long: %s", (message) => {
    expect(learn(message)?.toldContextTokens).toBe(900);
  });

  test("a context that is too long, without a number, shrinks until one message is left", () => {
    let traits: ProviderTraits | undefined = first;
    let lessons = 0;
    for (; traits && lessons < 50; lessons++) traits = learn("context length exceeded", { traits });
    expect(traits).toBeUndefined();
    expect(lessons).toBeGreaterThan(2);
  });
});

function nameAt(baseUrl: string | undefined): string {
  return new TraitBook(baseUrl, known).of("m").limitName;
}

test("OpenAI itself and Azure are asked with the new name of the limit at once, others with the old one", () => {
  expect(nameAt(undefined)).toBe("max_completion_tokens");
  expect(nameAt("https://api.openai.com/v1")).toBe("max_completion_tokens");
  expect(nameAt("https://eu.api.openai.com/v1")).toBe("max_completion_tokens");
  expect(nameAt("https://me.openai.azure.com/openai/v1/")).toBe("max_completion_tokens");
  expect(nameAt("https://openai.com.example/v1")).toBe("max_tokens");
  expect(nameAt("http://127.0.0.1:11434/v1")).toBe("max_tokens");
});

test("what the operator set is where learning begins", () => {
  const book = new TraitBook(undefined, { limitName: "none", streamOptions: "off", systemRole: "developer" });
  expect(book.of("m")).toMatchObject({ limitName: "none", streamOptions: false, systemRole: "developer" });
});

test("what was learnt is of one model, and only so many models are remembered", () => {
  const book = new TraitBook(undefined, known);
  for (let index = 0; index < 300; index++) book.learn(`m${index}`, { ...first, contextTokens: index });
  expect(book.of("m299").contextTokens).toBe(299);
  expect(book.of("m0").contextTokens).toBeUndefined();
});
