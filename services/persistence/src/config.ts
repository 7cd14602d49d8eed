import { resolve } from "node:path";
import type { LogStreamOptions } from "@natter/session-log";
import { EnvironmentError, readEnvironment, roleSettings, streamSettingsOf } from "@natter/runtime";
import { parseStoreUrl, type StoreAddress } from "./stores/open-store.ts";

export interface Config {
  readonly natsUrl: string;
  readonly instance: string;
  readonly stream: LogStreamOptions;
  readonly store: StoreAddress;
}

/** @throws EnvironmentError */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const env = readEnvironment(roleSettings.persistence, variables);
  const storeUrl =
    env.STORE_URL ?? env.MONGODB_URL ?? `sqlite://${encodeURI(resolve(env.NATTER_DATA_DIR, "natter.db"))}`;
  const store = parseStoreUrl(storeUrl);
  // The URL may hold a password, so it is not said back.
  if (!store) throw new EnvironmentError("STORE_URL is neither mongodb://… nor sqlite:///path/of/file.db");
  return Object.freeze({
    natsUrl: env.NATS_URL ?? "nats://127.0.0.1:4222",
    instance: env.NATTER_INSTANCE ?? "persistence",
    stream: streamSettingsOf(env),
    store,
  });
}
