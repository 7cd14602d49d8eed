import type { LogStreamOptions } from "@natter/broker";
import { readEnvironment } from "@natter/service";
import { replyTimings, type ReplyTimings } from "./reply-timings.ts";

export interface Config {
  readonly natsUrl: string;
  readonly instance: string;
  readonly stream: LogStreamOptions;
  /** Sessions that are answered at the same time. */
  readonly slots: number;
  readonly model: {
    readonly name: string;
    readonly apiKey: string | undefined;
    readonly baseUrl: string | undefined;
    readonly firstTokenMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
    readonly replyTokens: number;
  };
  readonly systemPrompt: string;
  readonly contextTokens: number;
  readonly chunkWindowMs: number;
  /** Whether the model names sessions that nobody named. */
  readonly autoTitles: boolean;
  readonly timings: ReplyTimings;
}

export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const env = readEnvironment(
    [
      "NATS_URL",
      "NATTER_INSTANCE",
      "NATTER_STREAM_REPLICAS",
      "NATTER_STREAM_MAX_AGE_SECONDS",
      "NATTER_STREAM_MAX_BYTES",
      "NATTER_DEDUPE_WINDOW_SECONDS",
      "OPENAI_API_KEY",
      "OPENAI_BASE_URL",
      "OPENAI_MODEL",
      "NATTER_SYSTEM_PROMPT",
      "NATTER_CONTEXT_TOKENS",
      "NATTER_REPLY_TOKENS",
      "NATTER_WORKER_SLOTS",
      "NATTER_CHUNK_WINDOW_MS",
      "NATTER_MODEL_FIRST_TOKEN_MS",
      "NATTER_MODEL_IDLE_MS",
      "NATTER_REPLY_MS",
      "NATTER_AUTO_TITLES",
    ],
    variables,
  );
  return Object.freeze({
    natsUrl: env.NATS_URL ?? "nats://127.0.0.1:4222",
    instance: env.NATTER_INSTANCE ?? "llm-worker",
    stream: {
      replicas: env.NATTER_STREAM_REPLICAS,
      maxAgeSeconds: env.NATTER_STREAM_MAX_AGE_SECONDS,
      maxBytes: env.NATTER_STREAM_MAX_BYTES,
      dedupeWindowSeconds: env.NATTER_DEDUPE_WINDOW_SECONDS,
    },
    slots: env.NATTER_WORKER_SLOTS,
    model: {
      name: env.OPENAI_MODEL,
      apiKey: env.OPENAI_API_KEY,
      baseUrl: env.OPENAI_BASE_URL,
      firstTokenMs: env.NATTER_MODEL_FIRST_TOKEN_MS,
      idleMs: env.NATTER_MODEL_IDLE_MS,
      totalMs: env.NATTER_REPLY_MS,
      replyTokens: env.NATTER_REPLY_TOKENS,
    },
    systemPrompt: env.NATTER_SYSTEM_PROMPT,
    contextTokens: env.NATTER_CONTEXT_TOKENS,
    chunkWindowMs: env.NATTER_CHUNK_WINDOW_MS,
    autoTitles: env.NATTER_AUTO_TITLES === "on",
    timings: replyTimings,
  });
}
