import { readEnvironment, roleSettings } from "@natter/service";
import type { LogStreamOptions } from "@natter/broker";

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly natsUrl: string;
  readonly instance: string;
  readonly stream: LogStreamOptions;
  readonly maxSockets: number;
  /** What all readers together may owe. */
  readonly readersMaxBytes: number;
}

export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const env = readEnvironment(roleSettings.gateway, variables);
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
    maxSockets: env.NATTER_MAX_SOCKETS,
    readersMaxBytes: env.NATTER_READERS_MAX_BYTES,
  });
}
