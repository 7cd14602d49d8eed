import type { SettingName } from "./settings.ts";
import { ofTheStream } from "./stream-settings.ts";

/** Read by the life cycle (`run-service.ts`). */
export const ofEveryProcess = [
  "NATTER_INSTANCE",
  "NATTER_LOG_LEVEL",
  "NATTER_LOG_KEY",
  "NATTER_CRASH_AT",
  "NATTER_BREAK",
] as const satisfies readonly SettingName[];

/** Read by `pnpm start` for itself, and by none of its parts. */
export const ofTheStart = ["NATTER_NATS_SERVER"] as const satisfies readonly SettingName[];

/** Read by every service that listens for nothing but the questions about its health. */
export const ofItsHealth = ["NATTER_HOST", "NATTER_HEALTH_PORT"] as const satisfies readonly SettingName[];

const ofTheLog = ["NATS_URL", ...ofTheStream] as const satisfies readonly SettingName[];

/**
 * What each process reads, and so all that it is given: a gateway on the internet holds no key of the model's provider.
 * docs/settings.md is tested against this table.
 */
export const roleSettings = {
  gateway: [
    ...ofEveryProcess,
    ...ofTheLog,
    "PORT",
    "NATTER_HOST",
    "NATTER_ALLOWED_HOSTS",
    "NATTER_ALLOWED_ORIGINS",
    "NATTER_TLS",
    "NATTER_OPEN_PROMPTS",
    "OPENAI_MODEL",
    "NATTER_MODELS",
    "NATTER_MAX_SOCKETS",
    "NATTER_READERS_MAX_BYTES",
  ],
  persistence: [
    ...ofEveryProcess,
    ...ofTheLog,
    ...ofItsHealth,
    "NATTER_DATA_DIR",
    "STORE_URL",
    "MONGODB_URL",
  ],
  "llm-worker": [
    ...ofEveryProcess,
    ...ofTheLog,
    ...ofItsHealth,
    "NATTER_DRAIN_SECONDS",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "NATTER_MODELS",
    "NATTER_MODEL_API",
    "NATTER_MODEL_LIMIT_NAME",
    "NATTER_MODEL_STREAM_OPTIONS",
    "NATTER_MODEL_SYSTEM_ROLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
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
  "demo-model": [...ofEveryProcess, "PORT", "NATTER_HOST"],
} as const satisfies Readonly<Record<string, readonly SettingName[]>>;

export type Role = keyof typeof roleSettings;
