import type { Environment } from "./environment.ts";
import type { SettingName } from "./settings.ts";

/** Read by every service that opens the log. */
export const ofTheStream = [
  "NATTER_STREAM_REPLICAS",
  "NATTER_STREAM_MAX_AGE_SECONDS",
  "NATTER_STREAM_MAX_BYTES",
  "NATTER_DEDUPE_WINDOW_SECONDS",
] as const satisfies readonly SettingName[];

/** The settings of the log's stream, under the names that packages/session-log gives them. */
export function streamSettingsOf(env: Environment<(typeof ofTheStream)[number]>): {
  readonly replicas: number;
  readonly maxAgeSeconds: number;
  readonly maxBytes: number;
  readonly dedupeWindowSeconds: number;
} {
  return {
    replicas: env.NATTER_STREAM_REPLICAS,
    maxAgeSeconds: env.NATTER_STREAM_MAX_AGE_SECONDS,
    maxBytes: env.NATTER_STREAM_MAX_BYTES,
    dedupeWindowSeconds: env.NATTER_DEDUPE_WINDOW_SECONDS,
  };
}
