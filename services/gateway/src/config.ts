import { EnvironmentError, listOf, readEnvironment, roleSettings, streamSettingsOf } from "@natter/runtime";
import type { LogStreamOptions } from "@natter/session-log";
import { parseAuthority, parseOrigin } from "./admission/authority.ts";
import type { DoorRules } from "./admission/doorkeeper.ts";
import type { DrainTimes } from "./connections/drain.ts";
import { defaultHeartbeatTimes, type HeartbeatTimes } from "./connections/socket-heartbeat.ts";
import { defaultPresenceTimes, type PresenceTimes } from "./presence/presence.ts";
import { defaultSlowConsumerTimes, type SlowConsumerTimes } from "./sinks/slow-consumers.ts";

/** Waits of the gateway. No setting changes them. */
export interface GatewayTimes {
  readonly presence: PresenceTimes;
  readonly heartbeat: HeartbeatTimes;
  readonly slowConsumers: SlowConsumerTimes;
  readonly drain: DrainTimes;
}

export const defaultTimes: GatewayTimes = {
  presence: defaultPresenceTimes,
  heartbeat: defaultHeartbeatTimes,
  slowConsumers: defaultSlowConsumerTimes,
  drain: { spreadMs: 2_000, deadlineMs: 6_000 },
};

export interface Config extends DoorRules {
  readonly port: number;
  /** Names of the models that a session may have. */
  readonly models: readonly string[];
  readonly natsUrl: string;
  readonly instance: string;
  readonly stream: LogStreamOptions;
  readonly openPromptsOfSession: number;
  readonly maxSockets: number;
  /** The bytes that may be buffered for all connections together. */
  readonly readersMaxBytes: number;
  readonly times: GatewayTimes;
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
    models: [env.OPENAI_MODEL, ...listOf(env.NATTER_MODELS)],
    natsUrl: env.NATS_URL ?? "nats://127.0.0.1:4222",
    instance: env.NATTER_INSTANCE ?? "gateway",
    openPromptsOfSession: env.NATTER_OPEN_PROMPTS,
    stream: streamSettingsOf(env),
    maxSockets: env.NATTER_MAX_SOCKETS,
    readersMaxBytes: env.NATTER_READERS_MAX_BYTES,
    times: defaultTimes,
  });
}

function readList<T>(
  name: string,
  text: string | undefined,
  parse: (item: string) => T | undefined,
): readonly T[] {
  return listOf(text).map((item) => {
    const parsed = parse(item);
    if (parsed === undefined)
      throw new EnvironmentError(`${name} is malformed: ${JSON.stringify(item)} is no such address`);
    return parsed;
  });
}
