import { EnvironmentError, readEnvironment, roleSettings } from "@natter/service";
import type { LogStreamOptions } from "@natter/broker";
import { parseAuthority, parseOrigin } from "./authority.ts";
import type { DoorRules } from "./doorkeeper.ts";

export interface Config extends DoorRules {
  readonly port: number;
  readonly natsUrl: string;
  readonly instance: string;
  readonly stream: LogStreamOptions;
}

/** @throws EnvironmentError */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const env = readEnvironment(roleSettings.gateway, variables);
  return Object.freeze({
    host: env.NATTER_HOST,
    port: env.PORT,
    allowedHosts: readList("NATTER_ALLOWED_HOSTS", env.NATTER_ALLOWED_HOSTS, parseAuthority),
    allowedOrigins: readList("NATTER_ALLOWED_ORIGINS", env.NATTER_ALLOWED_ORIGINS, parseOrigin),
    tls: env.NATTER_TLS,
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

function readList<T>(
  name: string,
  text: string | undefined,
  parse: (item: string) => T | undefined,
): readonly T[] {
  return (text ?? "").split(",").flatMap((part) => {
    const item = part.trim();
    const parsed = parse(item);
    if (item !== "" && parsed === undefined)
      throw new EnvironmentError(`${name} is malformed: ${JSON.stringify(item)} is no such address`);
    return parsed === undefined ? [] : [parsed];
  });
}
