import { MongoClient, type MongoClientOptions } from "mongodb";
import { search } from "../../search/search.ts";
import { SearchBudget } from "../../search/search-budget.ts";
import type { StoreAdapter } from "../../store/store-adapter.ts";
import { ensureFormat } from "./store-format.ts";
import { collectionsOf, createIndexes } from "./collections.ts";
import { MongoLedger } from "./ledger.ts";
import { translated } from "./mongo-errors.ts";
import { rowsOf } from "./mongo-rows.ts";

const defaultDatabase = "natter";
/** They are mostly waits for the server; texts are compared here, in small parts. */
const maxSearches = 4;

/** Every wait has an end: the driver's own defaults wait for ever for a connection and for an answer. */
const options: MongoClientOptions = {
  appName: "natter",
  writeConcern: { w: "majority", journal: true, wtimeoutMS: 5_000 },
  // What was written a moment ago must be read: never from a secondary.
  readPreference: "primary",
  maxPoolSize: 50,
  waitQueueTimeoutMS: 2_000,
  serverSelectionTimeoutMS: 3_000,
  connectTimeoutMS: 3_000,
  socketTimeoutMS: 8_000,
};

/**
 * @throws StoreUnavailable if the server is away
 * @throws MongoParseError if the URL is malformed
 */
export async function openMongoAdapter(url: string): Promise<StoreAdapter> {
  const client = new MongoClient(url, options);
  const collections = collectionsOf(client.db(databaseOf(url)));
  try {
    await translated(async () => {
      await client.connect();
      await ensureFormat(collections);
      await createIndexes(collections);
      await new MongoLedger(collections).listEarlierDeletions();
    });
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error;
  }
  const rows = rowsOf(collections);
  return {
    read: (work) => translated(() => work(rows)),
    write: (work) => translated(() => work(rows)),
    search: (question, budgetMs) => translated(() => search(rows, question, new SearchBudget(budgetMs))),
    maxSearches,
    // Its files are the server's own.
    overwriteRemoved: async () => true,
    close: () => client.close(),
  };
}

/** The driver would take "test" for a URL that names no database. */
function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];
  return path === undefined ? defaultDatabase : decodeURIComponent(path);
}
