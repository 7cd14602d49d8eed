import type { RowWriter } from "../../store/store-adapter.ts";
import type { Database } from "./database.ts";
import { SqliteLedger } from "./ledger.ts";
import { SqliteMessages } from "./messages.ts";
import { SqlitePrompts } from "./prompts.ts";
import { SqliteRegisters } from "./registers.ts";
import { SqliteSearchIndex } from "./search-index.ts";
import { SqliteSessions } from "./sessions.ts";

/** All rows of a file. Whoever has opened it for reading alone cannot write. */
export function rowsOf(database: Database): RowWriter {
  return {
    messages: new SqliteMessages(database),
    registers: new SqliteRegisters(database),
    sessions: new SqliteSessions(database),
    prompts: new SqlitePrompts(database),
    ledger: new SqliteLedger(database),
    searchIndex: new SqliteSearchIndex(database),
  };
}
