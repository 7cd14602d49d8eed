import { AsyncLocalStorage } from "node:async_hooks";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { ByteAnswer } from "@natter/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ModelFailure } from "../provider-failure.ts";
import { ContractStage, event, hello, key, type ApiWords } from "./stage.contract.ts";

/** Whatever else a provider sends is a failure that says what it is, and never more than that. */
export function describeFailures(words: ApiWords): void {
  let stage: ContractStage;

  beforeAll(async () => {
    stage = await ContractStage.open(words);
  });
  beforeEach(() => stage.reset());
  afterAll(async () => stage.provider.close());

  describe(`a failure`, () => {
    test.each<[string, ByteAnswer]>([
      ["a stream that ends", { pieces: [event(words.text("Hel"))] }],
      ["a connection that is reset", { pieces: [event(words.text("Hel"))], lastly: "reset" }],
      ["not one byte", { pieces: [] }],
      ["only comments", { pieces: [": hi\n\n"] }],
      ["only [DONE]", { pieces: ["data: [DONE]\n\n"] }],
    ])("%s is cut, and may be tried again", async (_name, answer) => {
      expect((await stage.hear(answer)).failure).toMatchObject({ code: "cut", retryable: true });
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
      ["no JSON", "data: {engine died\n\n", "not JSON"],
    ])("in the middle of a stream: %s", async (_name, bytes, said) => {
      const heard = await stage.hear({ pieces: [event(words.text("Hel")), bytes] });
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
      const { failure } = await stage.hear({ headers: { "content-type": type }, pieces: [body] });
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
        const { failure } = await stage.hear({ status, headers, pieces: [body] });
        expect(failure).toMatchObject({ code, retryable, status, requestId: "req-7" });
        expect(failure?.message).toContain(body === "" ? "" : "no");
      }
    });

    test.each([
      ["2", 2_000],
      ["0", 0],
      ["-5", 0],
      ["Wed, 21 Oct 2015 07:28:00 GMT", 0],
      ["soon", undefined],
    ])("says how long to wait: retry-after %s", async (value, retryAfterMs) => {
      const { failure } = await stage.hear({
        status: 429,
        headers: { "retry-after": value },
        pieces: ["{}"],
      });
      expect(failure?.retryAfterMs).toBe(retryAfterMs);
    });

    test.each([
      ["Please try again in 1.5s.", 1_500],
      ["Please retry in 20ms", 20],
      ["Try again in 2m30s", 120_000],
      ["Try again later", undefined],
    ])("says how long to wait in its sentence: %s", async (message, retryAfterMs) => {
      const pieces = [JSON.stringify({ error: { message } })];
      expect((await stage.hear({ status: 429, pieces })).failure?.retryAfterMs).toBe(retryAfterMs);
    });

    test("says nothing of keys, organisations and addresses", async () => {
      const masked = `${key.slice(0, 7)}****${key.slice(-4)}`;
      const said = `Incorrect key ${key} (${masked}) of org-9fJkS0m3Secret at http://10.3.2.1:8000/v1 in /srv/vllm/engine.py`;
      for (const status of [401, 200]) {
        const { failure } = await stage.hear({ status, pieces: [event({ error: { message: said } })] });
        expect(failure?.message).toContain("Incorrect key");
        for (const secret of [key, masked, key.slice(0, 7), "9fJkS0m3Secret", "10.3.2.1", "/srv/vllm"])
          expect(failure?.message).not.toContain(secret);
      }
    });

    test("of the connection says why", async () => {
      stage.model = stage.open({ baseUrl: "http://127.0.0.1:1/v1" });
      expect((await stage.ask()).failure).toMatchObject({
        code: "provider",
        retryable: true,
        message: expect.stringContaining("ECONNREFUSED") as string,
      });
    });
  });

  describe(`whatever comes`, () => {
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
          const heard = await stage.hear({ pieces: events.map(event) });
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
        fc.constant(Buffer.from(stage.whole("a"))),
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
          async (pieces, type, lastly) => {
            const heard = await stage.hear({
              headers: { "content-type": type },
              pieces,
              lastly,
            });
            expect(heard.end === undefined).toBe(heard.failure !== undefined);
          },
        ),
        { numRuns: 100 },
      );
    });

    test.each(["gzip", "br", "deflate", "zstd"])(
      "a body that is compressed by %s is read, and closed when it fails",
      async (encoding) => {
        const headers = { "content-encoding": encoding };
        const bytes = compressed(encoding, stage.whole("a"));
        expect((await stage.hear({ headers, pieces: [bytes] })).text).toBe("a");
        const abortedBefore = stage.provider.aborted;
        const wrong = compressed(encoding, `${event(words.text("a"))}data: {"error":"no"}\n\n`);
        expect((await stage.hear({ headers, pieces: [wrong], lastly: "hold" })).failure).toBeDefined();
        await expect.poll(() => stage.provider.aborted, { timeout: 5_000 }).toBeGreaterThan(abortedBefore);
      },
    );

    test("a refusal whose body never ends is told all the same", async () => {
      const pieces = ['{"error":{"message":"busy"}}'];
      expect((await stage.hear({ status: 503, pieces, lastly: "hold" })).failure).toMatchObject({
        code: "provider",
        status: 503,
      });
    });

    test("of two replies on one connection each meets its own exceptions", async () => {
      const blamed: string[] = [];
      stage.provider.answer = () => ({
        pieces: [event(words.text("a")), event(words.text("b")), stage.whole("c")],
        pauseMs: 30,
      });
      for (const name of ["first", "second", "third"])
        await owners.run(name, async () =>
          stage.model.stream(
            { model: "m", messages: [hello], replyTokens: 10, signal: new AbortController().signal },
            () => {
              setImmediate(() => blamed.push(String(owners.getStore())));
            },
          ),
        );
      await new Promise((resolve) => setImmediate(resolve));
      expect(blamed).toEqual([
        "first",
        "first",
        "first",
        "second",
        "second",
        "second",
        "third",
        "third",
        "third",
      ]);
    });

    test("an exception of who listens rejects the call and closes the request", async () => {
      const abortedBefore = stage.provider.aborted;
      stage.provider.answer = () => ({ pieces: [event(words.text("a"))], lastly: "hold" });
      const failing = stage.model.stream(
        { model: "m", messages: [hello], replyTokens: 10, signal: new AbortController().signal },
        () => {
          throw new RangeError("mine");
        },
      );
      await expect(failing).rejects.toThrow(new RangeError("mine"));
      await expect.poll(() => stage.provider.aborted, { timeout: 5_000 }).toBeGreaterThan(abortedBefore);
    });

    test.each(["before the headers", "in the middle"])("an abort %s closes the request", async (when) => {
      const abortedBefore = stage.provider.aborted;
      const abort = new AbortController();
      const early = when === "before the headers";
      stage.provider.answer = () => ({
        pieces: [event(words.text("a"))],
        lastly: "hold",
        ...(early ? { headersAfterMs: 60_000 } : {}),
      });
      const asking = stage.ask({ signal: abort.signal });
      await expect.poll(() => stage.provider.requests.length, { timeout: 5_000 }).toBe(1);
      setTimeout(() => abort.abort(), 50);
      expect((await asking).failure).toBeInstanceOf(ModelFailure);
      await expect.poll(() => stage.provider.aborted, { timeout: 5_000 }).toBeGreaterThan(abortedBefore);
    });
  });
}

const owners = new AsyncLocalStorage<string>();

function compressed(encoding: string, text: string): Buffer {
  if (encoding === "gzip") return gzipSync(text);
  if (encoding === "br") return brotliCompressSync(text);
  return encoding === "deflate" ? deflateSync(text) : zstdCompressSync(text);
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
