import { ByteProvider, type ByteAnswer } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelEnd, ModelPart } from "../../src/models/model.ts";
import { ModelFailure } from "../../src/models/provider-failure.ts";
import { openTestModel } from "./open-test-model.ts";

let provider: ByteProvider;

beforeAll(async () => {
  provider = await ByteProvider.start();
});
afterAll(async () => provider.close());

interface Heard {
  readonly text: string;
  readonly reasoning: string;
  readonly end: ModelEnd | undefined;
  readonly failure: ModelFailure | undefined;
}

/** Asks a model whose provider answers so. */
async function hear(answer: ByteAnswer | readonly string[]): Promise<Heard> {
  provider.answer = () => ("pieces" in answer ? answer : { pieces: answer });
  const model = openTestModel({ baseUrl: provider.url });
  let text = "";
  let reasoning = "";
  const onPart = (part: ModelPart): void => {
    if (part.type === "taking") {
      reasoning += text + part.text;
      text = "";
    } else if (part.type === "text") text += part.text;
    else reasoning += part.text;
  };
  const messages = [{ role: "user", content: "hi" }] as const;
  const signal = new AbortController().signal;
  try {
    const end = await model.stream({ model: "m", messages, replyTokens: 100, signal }, onPart);
    return { text, reasoning, end, failure: undefined };
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { text, reasoning, end: undefined, failure: error };
  }
}

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const choice = (delta: unknown, finish: unknown = null): string =>
  event({ choices: [{ index: 0, delta, finish_reason: finish }] });
const text = (content: unknown): string => choice({ content });
const stop = choice({}, "stop");
const done = "data: [DONE]\n\n";

describe("content is read whatever JSON it is:", () => {
  test.each([
    ["a number", 42, "a42b"],
    ["a negative fraction", -1.5, "a-1.5b"],
    ["a boolean", true, "atrueb"],
    ["nothing", null, "ab"],
    ["an empty text", "", "ab"],
    [
      "text parts",
      [
        { type: "text", text: "4" },
        { type: "output_text", text: "2" },
      ],
      "a42b",
    ],
    ["a part that is no list", { type: "text", text: "42" }, "a42b"],
    ["texts in a list", ["4", 2], "a42b"],
    ["parts as Gemini has them", { parts: [{ text: "4" }, { text: "2" }] }, "a42b"],
    ["a text with a value inside", [{ type: "text", text: { value: "42" } }], "a42b"],
    ["parts of other kinds", [{ type: "image_url", image_url: { url: "x" } }, null, {}], "ab"],
    ["a list in a list in a list", [[["42"]]], "a42b"],
  ])("%s", async (_name, content, expected) => {
    const heard = await hear([text("a"), text(content), text("b"), stop, done]);
    expect(heard).toMatchObject({ text: expected, end: { reason: "stop" } });
  });

  test.each([
    [
      "a whole message in place of a delta",
      event({ choices: [{ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }] }),
    ],
    ["a refusal", choice({ refusal: "Hello" }, "stop")],
    ["a text of the older completions", event({ choices: [{ text: "Hello", finish_reason: "stop" }] })],
    ["a delta that is a text", choice("Hello", "stop")],
  ])("%s", async (_name, first) => {
    expect(await hear([first, done])).toMatchObject({ text: "Hello", end: { reason: "stop" } });
  });

  test("a whole message beside the deltas says only what they did not", async () => {
    const both = (delta: string, whole: string): string =>
      event({ choices: [{ delta: { content: delta }, message: { content: whole }, finish_reason: null }] });
    const heard = await hear([
      both("Hel", "Hel"),
      both("lo", "Hello"),
      event({ choices: [{ message: { content: "Hello!" }, finish_reason: "stop" }] }),
    ]);
    expect(heard.text).toBe("Hello!");
  });

  test("only the first of several answers counts", async () => {
    const second = event({ choices: [{ index: 1, delta: { content: "other" }, finish_reason: "length" }] });
    expect(await hear([text("one"), second, stop, done])).toMatchObject({
      text: "one",
      end: { reason: "stop" },
    });
  });
});

describe("reasoning is told apart in each of its forms:", () => {
  test.each<[string, readonly string[]]>([
    ["reasoning_content", [choice({ reasoning_content: "hm" }), text("42")]],
    [
      "reasoning_content as parts",
      [choice({ reasoning_content: [{ type: "text", text: "hm" }] }), text("42")],
    ],
    ["reasoning_content as an object", [choice({ reasoning_content: { text: "hm" } }), text("42")]],
    ["reasoning", [choice({ reasoning: "hm" }), text("42")]],
    ["reasoning as an object", [choice({ reasoning: { content: "hm" } }), text("42")]],
    [
      "the same thought under two names",
      [choice({ reasoning: "hm", reasoning_details: [{ type: "reasoning.text", text: "hm" }] }), text("42")],
    ],
    [
      "details alone",
      [
        choice({
          reasoning_details: [
            { type: "reasoning.text", text: "hm" },
            { type: "reasoning.encrypted", data: "x" },
          ],
        }),
        text("42"),
      ],
    ],
    ["a type beside the content", [choice({ type: "thinking", content: "hm" }), text("42")]],
    ["tags in capitals", [text("<THINK>hm</Think>42")]],
    ["tags of Cohere's", [text("<|START_THINKING|>hm<|END_THINKING|>42")]],
    ["a field, and tags after it", [choice({ reasoning_content: "h" }), text("<think>m</think>42")]],
    ["a flag beside the content", [choice({ thought: true, content: "hm" }), text("42")]],
    [
      "a flag that says no",
      [choice({ reasoning: false, reasoning_content: "hm" }), choice({ reasoning: false, content: "42" })],
    ],
    ["thinking", [choice({ thinking: "hm" }), text("42")]],
    ["thinking parts", [text([{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }]), text("42")]],
    [
      "thinking and text parts together",
      [
        text([
          { type: "thinking", thinking: "hm" },
          { type: "text", text: "42" },
        ]),
      ],
    ],
    ["tags in the text", [text("<think>hm</think>\n\n42")]],
    ["tags in pieces", "<think>hm</think>\n\n42".split("").map((letter) => text(letter))],
    ["tags after a blank line", [text("\n"), text("<think>"), text("hm</think>42")]],
    ["only the closing tag", [text("h"), text("m</th"), text("ink>\n\n4"), text("2")]],
    ["tags of other makers", [text("[THINK]hm[/THINK]42")]],
    [
      "harmony channels",
      [
        text(
          "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>",
        ),
      ],
    ],
    [
      "harmony channels in pieces",
      "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>42"
        .split("")
        .map((letter) => text(letter)),
    ],
    ["harmony that begins in the middle", [text("hm<|end|><|start|>assistant<|channel|>final<|message|>42")]],
    [
      "a channel beside the content",
      [choice({ channel: "analysis", content: "hm" }), choice({ channel: "final", content: "42" })],
    ],
  ])("%s", async (_name, events) => {
    expect(await hear([...events, stop, done])).toMatchObject({
      text: "42",
      reasoning: "hm",
      end: { reason: "stop" },
    });
  });

  test.each([
    ["in code", "Write `<think>` and `</think>` so."],
    ["in a block of code", "```\n<think>\nx\n</think>\n```\nend"],
    ["in the middle of a line", "The <think> tag opens."],
    ["after reasoning of its own", "</think> closes."],
  ])("tags that are talked about stay in the text: %s", async (name, answer) => {
    const before = name.startsWith("after") ? [choice({ reasoning_content: "hm" })] : [];
    const heard = await hear([...before, ...answer.split("").map((letter) => text(letter)), stop, done]);
    expect(heard.text).toBe(answer);
  });
});

describe("the end is what the provider says:", () => {
  test.each([
    ["stop", "stop"],
    ["STOP", "stop"],
    ["eos", "stop"],
    ["eos_token", "stop"],
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["FINISH_REASON_STOP", "stop"],
    ["max_tokens", "length"],
    ["MAX_TOKENS", "length"],
    ["maxTokens", "length"],
    ["model_length", "length"],
    ["content-filter", "content_filter"],
    ["SAFETY", "content_filter"],
    ["function_call", "tool_calls"],
    ["tool_use", "tool_calls"],
  ])("%s is %s", async (word, reason) => {
    expect((await hear([text("Hello"), choice({}, word), done])).end).toMatchObject({ reason });
  });

  test.each(["", "null", null, 0, {}])("%j after a reason replaces none", async (word) => {
    expect((await hear([text("Hello"), stop, choice({}, word), done])).end).toMatchObject({ reason: "stop" });
  });

  test.each(["insufficient_system_resource", "abort", "error", "constructor", "cancelled"])(
    "%s is a failure: the answer is not whole",
    async (word) => {
      const heard = await hear([text("Hello"), choice({}, word), done]);
      expect(heard.text).toBe("Hello");
      expect(heard.failure).toMatchObject({
        code: "provider",
        message: expect.stringContaining(word) as string,
      });
    },
  );

  test("[DONE] without a reason is a stop", async () => {
    expect((await hear([text("Hello"), done])).end).toMatchObject({ reason: "stop" });
  });

  test.each<[string, ByteAnswer]>([
    ["ends without either", { pieces: [text("Hello")] }],
    ["is reset", { pieces: [text("Hello")], lastly: "reset" }],
  ])("a stream that %s is cut", async (_name, answer) => {
    expect((await hear(answer)).failure).toMatchObject({ code: "cut", retryable: true });
  });

  test.each(["hold", "reset"] as const)("after the model's end the connection may %s", async (lastly) => {
    const usage = event({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } });
    const heard = await hear({ pieces: [text("Hello"), stop, usage], lastly });
    expect(heard).toMatchObject({
      text: "Hello",
      end: { reason: "stop", usage: { promptTokens: 3, completionTokens: 4 } },
    });
  });

  test("words after the reason still count", async () => {
    expect((await hear([text("Hel"), stop, text("lo"), done])).text).toBe("Hello");
  });

  test.each([
    [
      { prompt_tokens: 3, completion_tokens: 4 },
      { promptTokens: 3, completionTokens: 4 },
    ],
    [{ prompt_tokens: 3 }, undefined],
    [{ prompt_tokens: 3, completion_tokens: 0.5 }, undefined],
    [{ prompt_tokens: "3", completion_tokens: 4 }, undefined],
    [{ prompt_tokens: -1, completion_tokens: 4 }, undefined],
    [[], undefined],
    ["many", undefined],
  ])("usage %j is %j", async (usage, counted) => {
    const { end } = await hear([text("Hello"), stop, event({ choices: [], usage }), done]);
    expect(end?.usage).toEqual(counted);
  });
});

function line(delta: object, finish: string | null = null): string {
  return `${JSON.stringify({ choices: [{ delta, finish_reason: finish }] })}\n`;
}

describe("lines of JSON in place of a stream", () => {
  const lines = { "content-type": "application/x-ndjson" };

  test("are read like its events, each once", async () => {
    const pieces = [line({ content: "Hel" }), line({ content: "lo" }), line({}, "stop")];
    expect(await hear({ headers: lines, pieces })).toMatchObject({ text: "Hello", end: { reason: "stop" } });
  });

  test.each(["application/x-ndjson", "application/json"])(
    "are cut or refused without an end: %s",
    async (type) => {
      const pieces = [line({ content: "Hel" }), line({ content: "lo" })];
      const heard = await hear({ headers: { "content-type": type }, pieces });
      expect(heard.failure?.code).toMatch(/^(?:cut|refused)$/);
    },
  );
});

test.each([
  ["is reset", { pieces: [text("a <")], lastly: "reset" as const }],
  ["says an error", { pieces: [text("x = a["), 'data: {"error":"no"}\n\n'] }],
])("what was held back is said when the stream %s", async (_name, answer) => {
  const heard = await hear(answer);
  expect(heard.failure).toBeDefined();
  expect(heard.text).toMatch(/[<[]$/);
});

test("nothing is said after a failure, also if it came in the same packet", async () => {
  const heard = await hear([`${text("a")}data: {"error":"no"}\n\n${text("AFTER")}`]);
  expect(heard).toMatchObject({ text: "a", failure: { code: "provider" } });
});

test("an event that is not JSON is not quoted: it can hold what people wrote", async () => {
  expect((await hear([text("a"), "data: {my secret diagnosis\n\n"])).failure?.message).not.toContain(
    "secret",
  );
});

test("what a refusal quotes of the question is not in its message", async () => {
  const detail = [{ loc: ["body", "x"], msg: "no", input: "my secret diagnosis" }];
  const { failure } = await hear({ status: 422, pieces: [JSON.stringify({ detail })] });
  expect(failure?.message).toContain("no");
  expect(failure?.message).not.toContain("secret");
});

describe("after the model has said that it is done", () => {
  test.each([
    ["no JSON", "data: <garbage>\n\n"],
    ["an error", event({ error: { message: "usage service is down" } })],
    ["an event of errors", "event: error\ndata: no\n\n"],
    ["errors of nothing", event({ errors: [], usage: {} })],
  ])("its answer stays whole, whatever comes: %s", async (_name, bytes) => {
    expect(await hear([text("Hello"), stop, bytes])).toMatchObject({
      text: "Hello",
      end: { reason: "stop" },
    });
  });

  test("empty events do not prolong it", async () => {
    const pieces = [text("Hello"), stop, ...Array.from({ length: 200 }, () => event({ choices: [] }))];
    expect((await hear({ pieces, pauseMs: 400 })).end).toMatchObject({ reason: "stop" });
  });
});

test.each(['data: "[DONE]"\n\n', "data: DONE\n\n"])("%j says that it is done, too", async (bytes) => {
  expect((await hear([text("Hello"), bytes])).end).toMatchObject({ reason: "stop" });
});

test.each([
  event({ type: "ping", message: "still here" }),
  event({ choices: [], error: { code: null, message: null } }),
])("what keeps a connection alive is no error: %s", async (bytes) => {
  expect(await hear([text("Hel"), bytes, text("lo"), stop, done])).toMatchObject({ text: "Hello" });
});

test("what a router says of the provider behind it is learnt from and logged", async () => {
  const raw = "Unsupported parameter: 'max_tokens' is not supported";
  const body = JSON.stringify({ error: { message: "Provider returned error", metadata: { raw } } });
  expect((await hear({ status: 400, pieces: [body] })).failure?.message).toContain(raw);
});

test("the reason of an end that nobody knows is said without secrets", async () => {
  const { failure } = await hear([
    text("Hello"),
    choice({}, "error: http://10.1.2.3:8000 refused sk-abcdef123456"),
    done,
  ]);
  expect(failure?.message).toContain("error");
  expect(failure?.message).not.toMatch(/10\.1|abcdef/);
});

test.each([301, 302, 307, 308])("a conversation does not follow a redirection: %i", async (status) => {
  const asked = provider.requests.length;
  const { failure } = await hear({ status, headers: { location: "http://127.0.0.1:9/v1" }, pieces: [] });
  expect(failure).toMatchObject({
    code: "refused",
    message: expect.stringContaining("OPENAI_BASE_URL") as string,
  });
  expect(provider.requests).toHaveLength(asked + 1);
});

test("a mark of byte order before a document is no part of it", async () => {
  const pieces = [
    `\u{FEFF}${JSON.stringify({ choices: [{ message: { content: "Hello" }, finish_reason: "stop" }] })}`,
  ];
  expect((await hear({ headers: { "content-type": "application/json" }, pieces })).text).toBe("Hello");
});
