import { Backoff, type Logger } from "@natter/runtime";
import type { StoreAdapter } from "../store/store-adapter.ts";
import { StoreUnavailable, type Store } from "../store/store.ts";
import { createStore } from "./create-store.ts";
import { openMongoAdapter } from "./mongo/mongo-adapter.ts";
import { openSqliteAdapter } from "./sqlite/sqlite-adapter.ts";

/** What a URL names. */
export type StoreAddress =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "mongodb"; readonly url: string };

/**
 * The URL alone chooses the adapter: `mongodb://…`, `mongodb+srv://…` or `sqlite:///absolute/path.db`.
 * `undefined`: no adapter has this form.
 */
export function parseStoreUrl(text: string): StoreAddress | undefined {
  if (/^mongodb(\+srv)?:\/\//.test(text)) return { kind: "mongodb", url: text };
  const path = /^sqlite:\/\/(\/.+)$/.exec(text)?.[1];
  return path === undefined ? undefined : { kind: "sqlite", path: decodeURI(path) };
}

/** @throws StoreUnavailable if the database is away */
export async function openStore(address: StoreAddress): Promise<Store> {
  return createStore(await openAdapter(address));
}

/** Tries until the database answers: a service that restarts during an outage waits it out. */
export async function openStorePatiently(address: StoreAddress, logger: Logger): Promise<Store> {
  const backoff = new Backoff();
  for (;;) {
    try {
      return await openStore(address);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      logger.warn({ err: error }, "the store is away, trying again");
      await backoff.wait();
    }
  }
}

function openAdapter(address: StoreAddress): Promise<StoreAdapter> {
  switch (address.kind) {
    case "sqlite":
      return openSqliteAdapter(address.path);
    case "mongodb":
      return openMongoAdapter(address.url);
  }
}
