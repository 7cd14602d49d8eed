import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ModelFailure, type ModelPart } from "../src/model.ts";
import { createOpenAiModel } from "../src/models/openai-model.ts";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that streams `chunks`, as servers other than OpenAI's do. */
async function streamOf(chunks: readonly object[]): Promise<AsyncIterable<ModelPart>> {
  const provider = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    response.end("data: [DONE]\n\n");
  });
  server = provider;
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  const { port } = provider.address() as AddressInfo;
  const model = createOpenAiModel({
    apiKey: undefined,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    headersTimeoutMs: 5_000,
  });
  const messages = [{ role: "user", content: "hi" }] as const;
  return model.stream({ model: "m", messages, replyTokens: 100, signal: new AbortController().signal });
}

async function collect(chunks: readonly object[]): Promise<{ parts: ModelPart[]; failure: unknown }> {
  const parts: ModelPart[] = [];
  try {
    for await (const part of await streamOf(chunks)) parts.push(part);
    return { parts, failure: undefined };
  } catch (error) {
    return { parts, failure: error };
  }
}

const text = { choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: null }] };
const end = (reason: string): object => ({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });

describe("a provider with words of its own", () => {
  test.each([
    ["max_tokens", "length"],
    ["model_length", "length"],
    ["end_turn", "stop"],
    ["function_call", "tool_calls"],
  ])("says %s for %s", async (word, reason) => {
    expect((await collect([text, end(word)])).parts.at(-1)).toEqual({ type: "finish", reason });
  });

  test.each(["insufficient_system_resource", "abort", "constructor"])(
    "has failed if nobody knows what %s means: a log with that word could not be read",
    async (word) => {
      const { parts, failure } = await collect([text, end(word)]);
      expect(parts).toEqual([{ type: "text", text: "Hello" }]);
      expect(failure).toBeInstanceOf(ModelFailure);
      expect(failure).toMatchObject({ code: "provider", message: expect.stringContaining(word) as string });
    },
  );

  test("may end without a delta", async () => {
    const { parts } = await collect([text, { choices: [{ index: 0, finish_reason: "stop" }] }]);
    expect(parts.at(-1)).toEqual({ type: "finish", reason: "stop" });
  });

  test.each([
    [{ prompt_tokens: 3, completion_tokens: 4 }, { usage: { promptTokens: 3, completionTokens: 4 } }],
    [{ prompt_tokens: 3 }, {}],
    [{ prompt_tokens: 3, completion_tokens: 0.5 }, {}],
    [{ prompt_tokens: -1, completion_tokens: 4 }, {}],
  ])("counts tokens as %j", async (usage, counted) => {
    const { parts } = await collect([text, end("stop"), { choices: [], usage }]);
    expect(parts.at(-1)).toEqual({ type: "finish", reason: "stop", ...counted });
  });
});
