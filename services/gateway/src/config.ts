import { readEnvironment } from "@natter/service";
import type { LogStreamOptions } from "@natter/broker";

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly natsUrl: string;
  readonly instance: string;
  readonly stream: LogStreamOptions;
}

export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const env = readEnvironment(
    [
      "PORT",
      "NATTER_HOST",
      "NATS_URL",
      "NATTER_INSTANCE",
      "NATTER_STREAM_REPLICAS",
      "NATTER_STREAM_MAX_AGE_SECONDS",
      "NATTER_STREAM_MAX_BYTES",
      "NATTER_DEDUPE_WINDOW_SECONDS",
    ],
    variables,
  );
  return Object.freeze({
    host: env.NATTER_HOST,
    port: env.PORT,
    natsUrl: env.NATS_URL ?? "nats://127.0.0.1:4222",
    instance: env.NATTER_INSTANCE ?? "gateway",
    stream: {
      replicas: env.NATTER_STREAM_REPLICAS,
      maxAgeSeconds: env.NATTER_STREAM_MAX_AGE_SECONDS,
      maxBytes: env.NATTER_STREAM_MAX_BYTES,
      dedupeWindowSeconds: env.NATTER_DEDUPE_WINDOW_SECONDS,
    },
  });
}
