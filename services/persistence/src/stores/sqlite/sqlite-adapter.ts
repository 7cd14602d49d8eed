import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { StoreAdapter } from "../../store/store-adapter.ts";
import { Database } from "./database/database.ts";
import { SqliteSearchIndex } from "./rows/search-index.ts";
import { SearchThread } from "./search-thread.ts";
import { rowsOf } from "./rows/sqlite-rows.ts";

/**
 * One file. SQLite is synchronous, so everybody waits for a call; only a search, which can take long, has a thread of its
 * own.
 *
 * @throws StoreUnavailable if the file cannot be used now
 */
export async function openSqliteAdapter(path: string): Promise<StoreAdapter> {
  mkdirSync(dirname(path), { recursive: true });
  const database = await openDatabase(path);
  const rows = rowsOf(database.statements);
  const thread = new SearchThread(path);
  return {
    read: (work) => database.read(() => work(rows)),
    write: (work) => database.write(() => work(rows)),
    search: (question, budgetMs) => thread.ask(question, budgetMs),
    maxSearches: 1,
    overwriteRemoved: () => database.checkpoint(),
    close: async () => {
      await thread.close();
      await database.close();
    },
  };
}

async function openDatabase(path: string): Promise<Database> {
  const database = Database.open(path);
  try {
    await database.write(async () => new SqliteSearchIndex(database.statements).prepare());
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
