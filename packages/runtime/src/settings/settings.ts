import { Type, type TSchema } from "typebox";
import { breakages, failpoints } from "../failpoints.ts";

/**
 * Every environment variable that natter reads, once. docs/settings.md is tested against this table.
 * A unit that is not in the name is in the meaning. A default of `undefined` means: not set.
 */
export interface Setting {
  readonly meaning: string;
  readonly schema: TSchema;
  readonly default?: string | number;
  /** Never printed, also not when it is malformed. */
  readonly secret?: true;
  /** An empty value is a value here; everywhere else it counts as not set. */
  readonly mayBeEmpty?: true;
}

const port = Type.Integer({ minimum: 0, maximum: 65_535 });
const url = Type.String({ pattern: "^[a-z][a-z0-9+.-]*://?.+" });
const httpUrl = Type.String({ pattern: "^https?://.+" });
const mongoUrl = Type.String({ pattern: "^mongodb(\\+srv)?://.+" });
const hostName = String.raw`(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?`;
const commaList = (item: string) => Type.String({ pattern: `^\\s*${item}(?:\\s*,\\s*${item})*\\s*$` });
const natsUrls = commaList("(?:nats|tls)://(?:[^/]*@)?[^/@,\\s]+");
const count = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

export const settings = {
  PORT: { meaning: "Port of the gateway; 0 takes a free one", schema: port, default: 8080 },
  NATTER_HOST: {
    meaning: "Address that a process listens on",
    schema: Type.String({ minLength: 1 }),
    default: "127.0.0.1",
  },
  NATTER_HEALTH_PORT: {
    meaning: "Port of `/livez` and `/readyz` of a service that is no gateway; unset: it has none",
    schema: port,
  },
  NATTER_DRAIN_SECONDS: {
    meaning:
      "How long a worker that is told to stop may finish its replies before it hands them over; `pnpm start` sets 0",
    schema: count(0, 3_600),
    default: 60,
  },
  NATTER_ALLOWED_HOSTS: {
    meaning:
      "Names that people reach the gateway by, with commas between them, for example chat.example.com; loopback names and NATTER_HOST are allowed anyway",
    schema: commaList(hostName),
  },
  NATTER_ALLOWED_ORIGINS: {
    meaning:
      "Origins of pages that may use the gateway, with commas between them, for example https://chat.example.com; its own pages may anyway",
    schema: commaList(`[A-Za-z][A-Za-z0-9+.-]*://${hostName}`),
  },
  NATTER_TLS: {
    meaning:
      "off, on or forwarded: whether people reach the gateway by https through a proxy; forwarded: as the proxy's X-Forwarded-Proto says",
    schema: Type.Enum(["off", "on", "forwarded"]),
    default: "off",
  },
  NATTER_MAX_SOCKETS: {
    meaning:
      "WebSockets and event streams that one gateway serves at the same time; more are answered with 503",
    schema: count(1, 1_000_000),
    default: 10_000,
  },
  NATTER_READERS_MAX_BYTES: {
    meaning:
      "Bytes that one gateway holds for all of its readers together; beyond it the reader that has been behind longest is closed",
    schema: count(4_194_304, 1_099_511_627_776),
    default: 134_217_728,
  },
  NATTER_DATA_DIR: {
    meaning: "Where `pnpm start` keeps its data",
    schema: Type.String({ minLength: 1 }),
    default: ".natter",
  },
  NATTER_LOG_LEVEL: {
    meaning: "trace, debug, info, warn, error or silent",
    schema: Type.Enum(["trace", "debug", "info", "warn", "error", "silent"]),
    default: "info",
  },
  NATTER_LOG_KEY: {
    meaning:
      "Logs name a session by a hash of its id with this key; unset: with a random one for each run of `pnpm start`, or of the process",
    schema: Type.String({ minLength: 16, maxLength: 256 }),
    secret: true,
  },
  NATTER_INSTANCE: {
    meaning: "Name of this process in its log, for example gateway-2",
    schema: Type.String({ minLength: 1, maxLength: 64 }),
  },
  NATS_URL: {
    meaning:
      "The broker, or the servers of its cluster with commas between them; unset: `pnpm start` runs one of its own",
    schema: natsUrls,
    secret: true,
  },
  NATTER_NATS_SERVER: {
    meaning: "verified, unverified or old: which nats-server `pnpm start` may fetch, see below",
    schema: Type.Enum(["verified", "unverified", "old"]),
    default: "verified",
  },
  NATTER_STREAM_REPLICAS: {
    meaning: "Copies of the log that the broker keeps",
    schema: count(1, 5),
    default: 1,
  },
  NATTER_STREAM_MAX_AGE_SECONDS: {
    meaning: "How long the log keeps an event; the store keeps it for ever",
    schema: count(60, 31_536_000),
    default: 604_800,
  },
  NATTER_STREAM_MAX_BYTES: {
    meaning:
      "Size at which the log is full; the last twentieth takes only deletions, stops and replies; -1 has no limit",
    schema: Type.Integer({ minimum: -1 }),
    default: -1,
  },
  NATTER_DEDUPE_WINDOW_SECONDS: {
    meaning: "How long the broker itself remembers an event's id",
    schema: count(1, 86_400),
    default: 600,
  },
  NATTER_OPEN_PROMPTS: {
    meaning: "Prompts of one session that may wait for their answer; one more is `rate_limited`",
    schema: count(1, 100_000),
    default: 20,
  },
  STORE_URL: {
    meaning:
      "mongodb://… or sqlite:///path/of/file.db; unset: MONGODB_URL, else SQLite in the data directory",
    schema: url,
    secret: true,
  },
  MONGODB_URL: { meaning: "The same as STORE_URL, for MongoDB", schema: mongoUrl, secret: true },
  OPENAI_API_KEY: {
    meaning: "Key of the model provider",
    // What a header may hold; anything else would fail at the first question.
    schema: Type.String({ pattern: "^[\\x21-\\x7e]+$" }),
    secret: true,
  },
  OPENAI_BASE_URL: {
    meaning: "An OpenAI-compatible server, for example http://127.0.0.1:11434/v1",
    schema: httpUrl,
    secret: true,
  },
  OPENAI_MODEL: {
    meaning: "Name of the model",
    schema: Type.String({ minLength: 1 }),
    default: "gpt-5-mini",
  },
  NATTER_MODELS: {
    meaning:
      "Further models that people may choose for a session, with commas between them; OPENAI_MODEL is always one",
    schema: commaList("[^,\\s](?:[^,]*[^,\\s])?"),
  },
  NATTER_MODEL_API: {
    meaning: "chat or responses: whether the worker calls Chat Completions or the Responses API",
    schema: Type.Enum(["chat", "responses"]),
    default: "chat",
  },
  NATTER_MODEL_LIMIT_NAME: {
    meaning:
      "auto, max_tokens, max_completion_tokens or none: what the provider calls the most tokens of a reply",
    schema: Type.Enum(["auto", "max_tokens", "max_completion_tokens", "none"]),
    default: "auto",
  },
  NATTER_MODEL_STREAM_OPTIONS: {
    meaning: "auto, on or off: whether the worker asks the provider for the usage with stream_options",
    schema: Type.Enum(["auto", "on", "off"]),
    default: "auto",
  },
  NATTER_MODEL_SYSTEM_ROLE: {
    meaning:
      "auto, system, developer or user: the role of the system prompt; with user it leads the first message of a person",
    schema: Type.Enum(["auto", "system", "developer", "user"]),
    default: "auto",
  },
  HTTPS_PROXY: {
    meaning: "Proxy to a provider that is called by https; https_proxy wins over it",
    schema: Type.String(),
    secret: true,
  },
  HTTP_PROXY: {
    meaning: "Proxy to a provider that is called by http; http_proxy wins over it",
    schema: Type.String(),
    secret: true,
  },
  NO_PROXY: {
    meaning: "Hosts that are called without a proxy, with commas between them; no_proxy wins over it",
    schema: Type.String(),
  },
  https_proxy: { meaning: "The same as HTTPS_PROXY", schema: Type.String(), secret: true },
  http_proxy: { meaning: "The same as HTTP_PROXY", schema: Type.String(), secret: true },
  no_proxy: { meaning: "The same as NO_PROXY", schema: Type.String() },
  NATTER_SYSTEM_PROMPT: {
    meaning: "System prompt of sessions that have none of their own; an empty one means none",
    schema: Type.String({ maxLength: 8_000 }),
    default: "You are a helpful assistant.",
    mayBeEmpty: true,
  },
  NATTER_CONTEXT_TOKENS: {
    meaning: "Most tokens of earlier messages that the model is given, estimated",
    schema: count(256, 2_000_000),
    default: 16_000,
  },
  NATTER_REPLY_TOKENS: {
    meaning: "Most tokens of one reply",
    schema: count(16, 200_000),
    default: 4_096,
  },
  NATTER_WORKER_SLOTS: {
    meaning: "Sessions that one worker answers at the same time",
    schema: count(1, 10_000),
    default: 256,
  },
  NATTER_CHUNK_WINDOW_MS: {
    meaning: "A chunk that follows another one sooner than this is joined with the next",
    schema: count(0, 1_000),
    default: 25,
  },
  NATTER_MODEL_FIRST_TOKEN_MS: {
    meaning: "How long the model may take to begin",
    schema: count(100, 600_000),
    default: 60_000,
  },
  NATTER_MODEL_IDLE_MS: {
    meaning: "How long the model may be silent in the middle of a reply",
    schema: count(100, 600_000),
    default: 45_000,
  },
  NATTER_REPLY_MS: {
    meaning: "How long one reply may take in all",
    schema: count(1_000, 3_600_000),
    default: 300_000,
  },
  NATTER_AUTO_TITLES: {
    meaning: "on or off: whether the model gives a title to a session that has none after its first reply",
    schema: Type.Enum(["on", "off"]),
    default: "on",
  },
  NATTER_CRASH_AT: {
    meaning: "For fault tests: the failpoint at which the process dies, and after a colon at which time",
    schema: Type.String({ pattern: `^(${failpoints.join("|").replaceAll(".", "\\.")})(:[1-9][0-9]*)?$` }),
  },
  NATTER_BREAK: {
    meaning: "For fault tests: the promise that the process breaks",
    schema: Type.Enum([...breakages]),
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
