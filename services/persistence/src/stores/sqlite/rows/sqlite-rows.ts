import type { RowWriter } from "../../../store/store-adapter.ts";
import type { Statements } from "../database/statements.ts";
import { SqliteLedger } from "./ledger.ts";
import { SqliteMessages } from "./messages.ts";
import { SqlitePrompts } from "./prompts.ts";
import { SqliteRegisters } from "./registers.ts";
import { SqliteSearchIndex } from "./search-index.ts";
import { SqliteSessions } from "./sessions.ts";

/** All rows of a file. Whoever has opened it for reading alone cannot write. */
export function rowsOf(statements: Statements): RowWriter {
  return {
    messages: new SqliteMessages(statements),
    registers: new SqliteRegisters(statements),
    sessions: new SqliteSessions(statements),
    prompts: new SqlitePrompts(statements),
    ledger: new SqliteLedger(statements),
    searchIndex: new SqliteSearchIndex(statements),
  };
}
