import type { LogStreamOptions } from "@natter/session-log";
import { EnvironmentError, listOf, readEnvironment, roleSettings, streamSettingsOf } from "@natter/runtime";
import type { ModelOptions } from "./models/open-model.ts";
import { replyTimings, type ReplyTimings } from "./reply-timings.ts";

export interface Config {
  readonly natsUrl: string;
  readonly instance: string;
  readonly stream: LogStreamOptions;
  /** Sessions that are answered at the same time. */
  readonly slots: number;
  readonly model: {
    /** Of sessions that have none of their own. */
    readonly name: string;
    /** Names of those that sessions may have. */
    readonly allowed: readonly string[];
    readonly apiKey: string | undefined;
    readonly baseUrl: string | undefined;
    readonly firstTokenMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
    readonly replyTokens: number;
  } & Pick<ModelOptions, "api" | "known" | "proxy">;
  readonly systemPrompt: string;
  readonly contextTokens: number;
  readonly chunkWindowMs: number;
  /** Whether the model names sessions that nobody named. */
  readonly autoTitles: boolean;
  /** How long replies may go on after the process is told to stop. */
  readonly drainMs: number;
  readonly timings: ReplyTimings;
}

export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const env = readEnvironment(roleSettings["llm-worker"], variables);
  return Object.freeze({
    natsUrl: env.NATS_URL ?? "nats://127.0.0.1:4222",
    instance: env.NATTER_INSTANCE ?? "llm-worker",
    stream: streamSettingsOf(env),
    slots: env.NATTER_WORKER_SLOTS,
    model: {
      name: env.OPENAI_MODEL,
      allowed: [env.OPENAI_MODEL, ...listOf(env.NATTER_MODELS)],
      apiKey: env.OPENAI_API_KEY,
      baseUrl: env.OPENAI_BASE_URL,
      firstTokenMs: env.NATTER_MODEL_FIRST_TOKEN_MS,
      idleMs: env.NATTER_MODEL_IDLE_MS,
      totalMs: env.NATTER_REPLY_MS,
      replyTokens: env.NATTER_REPLY_TOKENS,
      api: env.NATTER_MODEL_API,
      known: {
        limitName: env.NATTER_MODEL_LIMIT_NAME,
        streamOptions: env.NATTER_MODEL_STREAM_OPTIONS,
        systemRole: env.NATTER_MODEL_SYSTEM_ROLE,
      },
      proxy: {
        https: readProxy(env, "https_proxy", "HTTPS_PROXY"),
        http: readProxy(env, "http_proxy", "HTTP_PROXY"),
        noProxy: env.no_proxy ?? env.NO_PROXY,
      },
    },
    systemPrompt: env.NATTER_SYSTEM_PROMPT,
    contextTokens: env.NATTER_CONTEXT_TOKENS,
    chunkWindowMs: env.NATTER_CHUNK_WINDOW_MS,
    autoTitles: env.NATTER_AUTO_TITLES === "on",
    drainMs: env.NATTER_DRAIN_SECONDS * 1_000,
    timings: replyTimings,
  });
}

/** As other programs read it: the first name wins, and `host:port` is one that is reached by http. */
function readProxy<N extends string>(
  env: Readonly<Record<N, string | undefined>>,
  ...names: readonly N[]
): string | undefined {
  const name = names.find((each) => env[each] !== undefined);
  if (name === undefined) return undefined;
  const text = env[name] ?? "";
  const url = text.includes("://") ? text : `http://${text}`;
  if (/^https?:/i.test(url) && URL.canParse(url)) return url;
  throw new EnvironmentError(
    `${name} is malformed: expected the address of a proxy, such as http://proxy:3128`,
  );
}
