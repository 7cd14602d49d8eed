/**
 * What every adapter of the port does, whatever its provider sends. Each adapter's test file is one call to it: it says how
 * its API writes the same things, and a provider writes those bytes to a real socket.
 */
import { ByteProvider, type ByteAnswer } from "@natter/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Model, ModelEnd, ModelMessage, ModelPart } from "./model.ts";
import { openModel, type ModelOptions } from "./open-model.ts";
import { ModelFailure } from "./provider-failure.ts";

/** How an API writes what the contract is about, as JSON of one event. */
export interface ApiWords {
  readonly api: ModelOptions["api"];
  text(text: string): object;
  reasoning(text: string): object;
  /** The end, and the usage of 3 and 4 tokens. */
  end(reason: "stop" | "length"): readonly object[];
  /** The whole answer as one document. */
  document(text: string): object;
  /** What a request says, read from its body. */
  readonly asked: {
    system(body: Readonly<Record<string, unknown>>): string | undefined;
    turns(body: Readonly<Record<string, unknown>>): readonly { role: string; content: string }[];
    replyTokens(body: Readonly<Record<string, unknown>>): unknown;
  };
}

interface Heard {
  readonly parts: readonly ModelPart[];
  readonly text: string;
  readonly reasoning: string;
  readonly end: ModelEnd | undefined;
  readonly failure: ModelFailure | undefined;
}

const hello: ModelMessage = { role: "user", content: "hi" };
const key = "gsk_0123456789abcdef";

export function describeModel(words: ApiWords): void {
  let provider: ByteProvider;
  let model: Model;
  const warnings: object[] = [];

  const open = (over: Partial<ModelOptions> = {}): Model =>
    openModel({
      api: words.api,
      apiKey: key,
      baseUrl: provider.url,
      proxy: { http: undefined, https: undefined, noProxy: undefined },
      known: { limitName: "auto", streamOptions: "auto", systemRole: "auto" },
      logger: { warn: (fields) => void warnings.push(fields) },
      ...over,
    });

  const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
  const whole = (text: string): string =>
    event(words.text(text)) +
    words.end("stop").map(event).join("") +
    (words.api === "chat" ? "data: [DONE]\n\n" : "");

  const ask = async (
    how: {
      messages?: readonly ModelMessage[];
      signal?: AbortSignal;
      replyTokens?: number;
      name?: string;
    } = {},
  ): Promise<Heard> => {
    const {
      messages = [hello],
      signal = new AbortController().signal,
      replyTokens = 1_000,
      name = "m",
    } = how;
    const parts: ModelPart[] = [];
    const said = { text: "", reasoning: "" };
    const onPart = (part: ModelPart): void => {
      parts.push(part);
      if (part.type === "text") said.text += part.text;
      else said.reasoning += part.type === "taking" ? said.text + part.text : part.text;
      if (part.type === "taking") said.text = "";
    };
    try {
      const end = await model.stream({ model: name, messages, replyTokens, signal }, onPart);
      return { parts, ...said, end, failure: undefined };
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      return { parts, ...said, end: undefined, failure: error };
    }
  };
  const hear = async (answer: ByteAnswer): Promise<Heard> => {
    provider.answer = () => answer;
    return ask();
  };

  beforeAll(async () => {
    provider = await ByteProvider.start();
  });
  beforeEach(() => {
    provider.requests.length = 0;
    warnings.length = 0;
    model = open();
  });
  afterAll(async () => provider.close());

  describe(`${words.api}: an answer`, () => {
    test("comes in parts, in order, and ends with its reason and its usage", async () => {
      const events = [words.reasoning("hm"), words.text("Hel"), words.text("lo"), ...words.end("stop")];
      const heard = await hear({ pieces: events.map(event) });
      expect(heard.parts).toEqual([
        { type: "reasoning", text: "hm" },
        { type: "text", text: "Hel" },
        { type: "text", text: "lo" },
      ]);
      expect(heard.end).toEqual({ reason: "stop", usage: { promptTokens: 3, completionTokens: 4 } });
    });

    test("may end at its length", async () => {
      const heard = await hear({ pieces: [words.text("Hel"), ...words.end("length")].map(event) });
      expect(heard).toMatchObject({ text: "Hel", end: { reason: "length" } });
    });

    test("is the same wherever its bytes are split, with any line ends, comments and blank events", async () => {
      const text = "가나다 👨‍👩‍👧 \r\n \u2028 end";
      const noise = ": comment\n\ndata:\n\nevent: ping\n\ndata: null\n\ndata: 7\n\n:\n\nretry: 5\nid: 3\n\n";
      const plain = `\u{FEFF}${noise}${whole(text).replaceAll("\n\n", `\n\n${noise}`)}`;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom("\n", "\r\n", "\r"),
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
          async (lineEnd, cuts) => {
            const bytes = Buffer.from(plain.replaceAll("\n", lineEnd));
            const heard = await hear({ pieces: split(bytes, cuts) });
            expect(heard).toMatchObject({ text, end: { reason: "stop" } });
          },
        ),
        { numRuns: 60 },
      );
    });

    test("may come in single bytes", async () => {
      const bytes = Buffer.from(whole("가👋"));
      const pieces = Array.from({ length: bytes.length }, (_, index) => bytes.subarray(index, index + 1));
      expect((await hear({ pieces })).text).toBe("가👋");
    });

    test("may have its data on several lines, and no blank line at its end", async () => {
      const lines = JSON.stringify(words.text("Hello"), null, 1).replaceAll(/^/gm, "data: ");
      const end = words
        .end("stop")
        .map((value) => `data:${JSON.stringify(value)}`)
        .join("\n\n");
      expect(await hear({ pieces: [`${lines}\n\n${end}`] })).toMatchObject({
        text: "Hello",
        end: { reason: "stop" },
      });
    });

    test("may have an event of a megabyte, in any pieces", async () => {
      const text = "한글 text ".repeat(100_000);
      const bytes = Buffer.from(whole(text));
      const pieces = Array.from({ length: Math.ceil(bytes.length / 9_999) }, (_, index) =>
        bytes.subarray(index * 9_999, (index + 1) * 9_999),
      );
      expect((await hear({ pieces })).text).toBe(text);
    });

    test("has a bound", async () => {
      const piece = "x".repeat(1_048_576);
      const heard = await hear({
        pieces: ["data: ", ...Array.from({ length: 10 }, () => piece)],
        then: "hold",
      });
      expect(heard.failure).toMatchObject({ code: "provider", retryable: false });
    });

    test("may be one document though a stream was asked for", async () => {
      const headers = { "content-type": "application/json" };
      const heard = await hear({ headers, pieces: [JSON.stringify(words.document("Hello"))] });
      expect(heard).toMatchObject({ text: "Hello", end: { reason: "stop" } });
    });

    test.each(["hold", "reset"] as const)(
      "is whole once the model has ended it, though the connection may %s",
      async (then) => {
        const heard = await hear({ pieces: [words.text("Hello"), ...words.end("stop")].map(event), then });
        expect(heard).toMatchObject({ text: "Hello", end: { reason: "stop" } });
      },
    );

    test("leaves the connection to the next one", async () => {
      provider.answer = () => ({ pieces: [whole("a")] });
      expect((await ask()).text).toBe("a");
      const { connections } = provider;
      for (let times = 0; times < 3; times++) expect((await ask()).text).toBe("a");
      expect(provider.requests).toHaveLength(4);
      expect(provider.connections - connections).toBeLessThanOrEqual(1);
    });
  });

  describe(`${words.api}: a failure`, () => {
    test.each<[string, ByteAnswer]>([
      ["a stream that ends", { pieces: [event(words.text("Hel"))] }],
      ["a connection that is reset", { pieces: [event(words.text("Hel"))], then: "reset" }],
      ["not one byte", { pieces: [] }],
      ["only comments", { pieces: [": hi\n\n"] }],
      ["only [DONE]", { pieces: ["data: [DONE]\n\n"] }],
    ])("%s is cut, and may be tried again", async (_name, answer) => {
      expect((await hear(answer)).failure).toMatchObject({ code: "cut", retryable: true });
    });

    test.each<[string, string, string]>([
      ["an error object", 'data: {"error":{"message":"engine died","code":500}}\n\n', "engine died"],
      ["an error text", 'data: {"error":"engine died"}\n\n', "engine died"],
      ["an event of that name", 'event: error\ndata: {"message":"engine died"}\n\n', "engine died"],
      ["a field of that name", 'error: {"code":500,"message":"engine died"}\n\n', "engine died"],
      [
        "an object without that key",
        'data: {"object":"error","message":"engine died","code":50001}\n\n',
        "engine died",
      ],
      ["a detail", 'data: {"detail":"engine died"}\n\n', "engine died"],
      ["a line of JSON", '{"error":{"message":"engine died"}}\n\n', "engine died"],
      ["lines of JSON", '{\n "error": {\n  "message": "engine died"\n }\n}\n', "engine died"],
      ["a list", 'data: [{"error":{"message":"engine died"}}]\n\n', "engine died"],
      ["no JSON", "data: {engine died\n\n", "engine died"],
    ])("in the middle of a stream: %s", async (_name, bytes, said) => {
      const heard = await hear({ pieces: [event(words.text("Hel")), bytes] });
      expect(heard.text).toBe("Hel");
      expect(heard.failure).toMatchObject({
        code: "provider",
        message: expect.stringContaining(said) as string,
      });
    });

    test.each<[string, string, string, string]>([
      ["an error", "application/json", '{"error":"Unexpected endpoint or method"}', "Unexpected endpoint"],
      ["an error in a list", "application/json; charset=utf-8", '[{"error":{"message":"no"}}]', "no"],
      ["a page", "text/html", "<!doctype html><title>Sign in</title>", "Sign in"],
      ["a page without a type", "", "<html>Sign in</html>", "Sign in"],
      ["plain text", "text/plain", "upstream is down", "upstream"],
      [
        "lines of JSON",
        "application/x-ndjson",
        '{"model":"m","message":{"content":"a"}}\n{"done":true}\n',
        "something else",
      ],
      ["another document", "application/json", '{"ok":true}', "ok"],
      ["no object", "application/json", "17", "17"],
    ])("200 and no stream: %s", async (_name, type, body, said) => {
      const { failure } = await hear({ headers: { "content-type": type }, pieces: [body] });
      expect(failure?.code).toMatch(/^(?:provider|refused)$/);
      expect(failure?.message).toContain(said);
    });

    test.each([
      [400, "refused", false],
      [401, "refused", false],
      [402, "refused", false],
      [403, "refused", false],
      [404, "refused", false],
      [422, "refused", false],
      [408, "provider", true],
      [409, "provider", true],
      [429, "rate_limited", true],
      [500, "provider", true],
      [503, "provider", true],
      [529, "provider", true],
    ])("status %i is %s", async (status, code, retryable) => {
      const headers = { "content-type": "application/json", "x-request-id": "req-7" };
      for (const body of ['{"error":{"message":"no"}}', '{"detail":[{"msg":"no"}]}', '"no"', "<p>no", ""]) {
        const { failure } = await hear({ status, headers, pieces: [body] });
        expect(failure).toMatchObject({ code, retryable, status, requestId: "req-7" });
        if (body !== "") expect(failure?.message).toContain("no");
      }
    });

    test.each([
      ["2", 2_000],
      ["0", 0],
      ["-5", 0],
      ["Wed, 21 Oct 2015 07:28:00 GMT", 0],
      ["soon", undefined],
    ])("says how long to wait: retry-after %s", async (value, retryAfterMs) => {
      const { failure } = await hear({ status: 429, headers: { "retry-after": value }, pieces: ["{}"] });
      expect(failure?.retryAfterMs).toBe(retryAfterMs);
    });

    test("says nothing of keys, organisations and addresses", async () => {
      const masked = `${key.slice(0, 7)}****${key.slice(-4)}`;
      const said = `Incorrect key ${key} (${masked}) of org-9fJkS0m3Secret at http://10.3.2.1:8000/v1 in /srv/vllm/engine.py`;
      for (const status of [401, 200]) {
        const { failure } = await hear({ status, pieces: [event({ error: { message: said } })] });
        expect(failure?.message).toContain("Incorrect key");
        for (const secret of [key, masked, key.slice(0, 7), "9fJkS0m3Secret", "10.3.2.1", "/srv/vllm"])
          expect(failure?.message).not.toContain(secret);
      }
    });

    test("of the connection says why", async () => {
      model = open({ baseUrl: "http://127.0.0.1:1/v1" });
      expect((await ask()).failure).toMatchObject({
        code: "provider",
        retryable: true,
        message: expect.stringContaining("ECONNREFUSED") as string,
      });
    });
  });

  describe(`${words.api}: whatever comes`, () => {
    test("any JSON in any event ends in an end or in a failure, and every part is a text", async () => {
      const template = [words.text("a"), words.reasoning("b"), ...words.end("stop")];
      const damaged = fc
        .tuple(fc.constantFrom(...template), fc.nat(), fc.jsonValue({ maxDepth: 4 }))
        .map(([value, at, json]) => replaced(value, at, json));
      const anyEvent = fc.oneof(
        damaged,
        damaged,
        fc.jsonValue({ maxDepth: 3 }),
        fc.constantFrom(...template),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(anyEvent, { maxLength: 8 }), async (events) => {
          const heard = await hear({ pieces: events.map(event) });
          expect(heard.parts.every(({ text }) => typeof text === "string")).toBe(true);
          expect(heard.end === undefined).toBe(heard.failure !== undefined);
        }),
        { numRuns: 200 },
      );
    });

    test("any bytes do, too", async () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
        fc.string({ unit: "grapheme" }).map((text) => Buffer.from(`data: ${text}\n\n`)),
        fc.constant(Buffer.from(whole("a"))),
      );
      const types = fc.constantFrom(
        "text/event-stream",
        "application/json",
        "text/html",
        "",
        "application/x-ndjson",
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(bytes, { maxLength: 6 }),
          types,
          fc.constantFrom("end", "reset"),
          async (pieces, type, then) => {
            const heard = await hear({
              headers: { "content-type": type },
              pieces,
              then: then as "end" | "reset",
            });
            expect(heard.end === undefined).toBe(heard.failure !== undefined);
          },
        ),
        { numRuns: 100 },
      );
    });

    test("an exception of who listens rejects the call and closes the request", async () => {
      const abortedBefore = provider.aborted;
      provider.answer = () => ({ pieces: [event(words.text("a"))], then: "hold" });
      const failing = model.stream(
        { model: "m", messages: [hello], replyTokens: 10, signal: new AbortController().signal },
        () => {
          throw new RangeError("mine");
        },
      );
      await expect(failing).rejects.toThrow(new RangeError("mine"));
      await expect.poll(() => provider.aborted, { timeout: 5_000 }).toBe(abortedBefore + 1);
    });

    test.each(["before the headers", "in the middle"])("an abort %s closes the request", async (when) => {
      const abortedBefore = provider.aborted;
      const abort = new AbortController();
      const early = when === "before the headers";
      provider.answer = () => ({
        pieces: [event(words.text("a"))],
        then: "hold",
        ...(early ? { headersAfterMs: 60_000 } : {}),
      });
      const asking = ask({ signal: abort.signal });
      await expect.poll(() => provider.requests.length, { timeout: 5_000 }).toBe(1);
      setTimeout(() => abort.abort(), 50);
      expect((await asking).failure).toBeInstanceOf(ModelFailure);
      await expect.poll(() => provider.aborted, { timeout: 5_000 }).toBe(abortedBefore + 1);
    });
  });

  describe(`${words.api}: what is asked`, () => {
    const turn = fc.record({
      role: fc.constantFrom<ModelMessage["role"]>("user", "assistant", "system"),
      content: fc.constantFrom("", "a", "b\n\nc", "한글"),
    });

    test("has roles in turn, whatever was said, failed or was stopped before", async () => {
      provider.answer = () => ({ pieces: [whole("a")] });
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { maxLength: 8 }), async (before) => {
          await ask({ messages: [...before, hello] });
          const { body } = provider.requests.at(-1) ?? { body: {} };
          const roles = words.asked.turns(body).map(({ role }) => role);
          expect(roles).toEqual(roles.map((_, index) => (index % 2 === 0 ? "user" : "assistant")));
          expect(roles.at(-1)).toBe("user");
          const said = JSON.stringify(words.asked.turns(body));
          for (const { role, content } of before)
            if (role === "user") expect(said).toContain(JSON.stringify(content).slice(1, -1));
        }),
        { numRuns: 60 },
      );
    });

    test("leads the first message if the provider has no place for a system prompt, and is remembered", async () => {
      provider.answer = ({ body }) =>
        words.asked.system(body) === undefined
          ? { pieces: [whole("a")] }
          : {
              status: 400,
              pieces: ['{"error":{"message":"System role not supported; instructions are not allowed"}}'],
            };
      const messages: ModelMessage[] = [{ role: "system", content: "Be brief." }, hello];
      expect((await ask({ messages })).text).toBe("a");
      expect((await ask({ messages })).text).toBe("a");
      expect(provider.requests).toHaveLength(3);
      expect(words.asked.turns(provider.requests[1]?.body ?? {})).toEqual([
        { role: "user", content: "Be brief.\n\nhi" },
      ]);
      expect(warnings).toHaveLength(1);
      await ask({ messages, name: "another model" });
      expect(provider.requests).toHaveLength(5);
    });

    test("is less where the context is too long, down to the last message, and is remembered", async () => {
      const long = "word ".repeat(400);
      const messages: ModelMessage[] = Array.from({ length: 21 }, (_, index) => ({
        role: index % 2 === 0 ? "user" : "assistant",
        content: `${index} ${long}`,
      }));
      provider.answer = ({ body }) =>
        words.asked.turns(body).length <= 3 && Number(words.asked.replyTokens(body)) <= 1_100
          ? { pieces: [whole("a")] }
          : {
              status: 400,
              pieces: [
                '{"error":{"code":"context_length_exceeded","message":"This model\'s maximum context length is 2200 tokens. However, you requested 9000 tokens."}}',
              ],
            };
      const heard = await ask({ messages, replyTokens: 2_000 });
      expect(heard.text).toBe("a");
      const last = words.asked.turns(provider.requests.at(-1)?.body ?? {});
      expect(last.at(-1)?.content).toBe(`20 ${long}`);
      const asked = provider.requests.length;
      expect((await ask({ messages, replyTokens: 2_000 })).text).toBe("a");
      expect(provider.requests).toHaveLength(asked + 1);
    });

    test("is given up if one message is too long", async () => {
      provider.answer = () => ({
        status: 400,
        pieces: ['{"error":{"message":"prompt is too long: 9 > 8"}}'],
      });
      expect((await ask({ replyTokens: 16 })).failure).toMatchObject({
        code: "context_too_long",
        retryable: false,
      });
      expect(provider.requests.length).toBeLessThan(12);
    });

    test("carries the key and the request's own words, and no time limit of the SDK", async () => {
      provider.answer = () => ({ pieces: [whole("a")] });
      await ask();
      expect(provider.requests[0]?.headers["authorization"]).toBe(`Bearer ${key}`);
      expect(provider.requests[0]?.body).toMatchObject({ model: "m", stream: true });
    });
  });
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [
    0,
    ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b),
    bytes.length,
  ];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

/** `value` with another value at one of its places. */
function replaced(value: unknown, at: number, other: unknown): unknown {
  const places: string[][] = [[]];
  const walk = (node: unknown, path: string[]): void => {
    if (typeof node !== "object" || node === null) return;
    for (const [name, inner] of Object.entries(node)) {
      places.push([...path, name]);
      walk(inner, [...path, name]);
    }
  };
  walk(value, []);
  const path = places[at % places.length] ?? [];
  if (path.length === 0) return other;
  const copy = structuredClone(value) as Record<string, unknown>;
  let node = copy;
  for (const name of path.slice(0, -1)) node = node[name] as Record<string, unknown>;
  node[path.at(-1) ?? ""] = other;
  return copy;
}
