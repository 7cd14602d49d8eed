import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from "openai";
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import { ModelFailure, type Model, type ModelPart, type ModelRequest, type TokenUsage } from "../model.ts";

export interface OpenAiOptions {
  readonly apiKey: string | undefined;
  /** Unset: OpenAI itself. */
  readonly baseUrl: string | undefined;
  /** Up to the response's headers; what comes after is watched by the caller. */
  readonly headersTimeoutMs: number;
}

type FinishPart = Extract<ModelPart, { type: "finish" }>;

/** OpenAI's words, and those that other servers say in their place. */
const reasons: ReadonlyMap<string, FinishPart["reason"]> = new Map([
  ["stop", "stop"],
  ["eos", "stop"],
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["model_length", "length"],
  ["content_filter", "content_filter"],
  ["tool_calls", "tool_calls"],
  ["function_call", "tool_calls"],
]);

const retryableStatuses: ReadonlySet<number> = new Set([408, 409, 429]);

/** Any server that speaks OpenAI's Chat Completions. */
export function createOpenAiModel(options: OpenAiOptions): Model {
  const openai = new OpenAI({
    // Servers of one's own want no key, but the SDK wants a text.
    apiKey: options.apiKey ?? "none",
    baseURL: options.baseUrl ?? null,
    timeout: options.headersTimeoutMs,
    // The worker retries: it knows what people have seen already.
    maxRetries: 0,
    // It would print what the model said.
    logLevel: "off",
  });
  // OpenAI's newer models refuse the old name, and other servers do not all know the new one.
  const limitName = options.baseUrl === undefined ? "max_completion_tokens" : "max_tokens";
  return {
    async *stream(request) {
      try {
        yield* readStream(await open(openai, request, limitName));
      } catch (error) {
        if (error instanceof APIUserAbortError || request.signal.aborted) return;
        throw toFailure(error);
      }
    },
  };
}

async function open(
  openai: OpenAI,
  request: ModelRequest,
  limitName: "max_tokens" | "max_completion_tokens",
): Promise<AsyncIterable<ChatCompletionChunk>> {
  return openai.chat.completions.create(
    {
      model: request.model,
      messages: [...request.messages],
      stream: true,
      stream_options: { include_usage: true },
      [limitName]: request.replyTokens,
    },
    { signal: request.signal },
  );
}

async function* readStream(
  stream: AsyncIterable<ChatCompletionChunk>,
): AsyncGenerator<ModelPart, void, undefined> {
  let reason: string | null = null;
  let usage: TokenUsage | undefined;
  for await (const chunk of stream) {
    const choice = chunk.choices?.[0];
    if (chunk.usage) usage = readUsage(chunk.usage);
    if (!choice) continue;
    // Some servers end without one.
    const { content, reasoning_content: thought, reasoning } = (choice.delta as Delta | undefined) ?? {};
    if (thought || reasoning) yield { type: "reasoning", text: thought || reasoning || "" };
    if (content) yield { type: "text", text: content };
    reason = choice.finish_reason ?? reason;
  }
  if (reason !== null) yield { type: "finish", reason: readReason(reason), ...(usage ? { usage } : {}) };
}

/** What the provider calls it is not ours to store: the log takes the protocol's own words only. */
function readReason(word: string): FinishPart["reason"] {
  const reason = reasons.get(word);
  if (reason !== undefined) return reason;
  throw new ModelFailure("provider", `The model's provider ended the answer: ${word}.`, { retryable: true });
}

function readUsage(usage: Partial<CompletionUsage>): TokenUsage | undefined {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Servers that think aloud have two names for it, neither of them OpenAI's. */
interface Delta {
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
  readonly reasoning?: string | null;
}

function toFailure(error: unknown): ModelFailure {
  if (error instanceof ModelFailure) return error;
  if (error instanceof APIConnectionError)
    return new ModelFailure("provider", "The model's provider cannot be reached.", {
      retryable: true,
      cause: error,
    });
  if (error instanceof SyntaxError)
    return new ModelFailure("provider", "The model's provider said something else than JSON.", {
      retryable: true,
      cause: error,
    });
  // Whatever else the SDK throws in the middle is a connection that broke.
  if (!(error instanceof APIError))
    return new ModelFailure("cut", "The connection to the model broke.", { retryable: true, cause: error });
  const status = error.status as number | undefined;
  const isOutOfMoney = error.code === "insufficient_quota";
  return new ModelFailure(status === 429 ? "rate_limited" : "provider", withoutKeys(error.message), {
    retryable: !isOutOfMoney && (status === undefined || retryableStatuses.has(status) || status >= 500),
    retryAfterMs: readRetryAfter(error.headers as Headers | undefined),
    cause: error,
  });
}

/** Providers say back the key that they refuse. */
function withoutKeys(message: string): string {
  return message.replaceAll(/\b(?:sk|key)[-_][\w*-]{4,}/g, "[key]").replaceAll(/\bBearer\s+\S+/g, "[key]");
}

function readRetryAfter(headers: Headers | undefined): number | undefined {
  const ms = Number.parseFloat(headers?.get("retry-after-ms") ?? "");
  if (ms >= 0) return ms;
  const text = headers?.get("retry-after");
  if (!text) return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
