import type { RowWriter } from "../../store/store-adapter.ts";
import type { Collections } from "./collections.ts";
import { MongoLedger } from "./ledger.ts";
import { MongoMessages } from "./messages.ts";
import { MongoPrompts } from "./prompts.ts";
import { MongoRegisters } from "./registers.ts";
import { MongoSearchIndex } from "./search-index.ts";
import { MongoSessions } from "./sessions.ts";

export function rowsOf(collections: Collections): RowWriter {
  return {
    messages: new MongoMessages(collections),
    registers: new MongoRegisters(collections),
    sessions: new MongoSessions(collections),
    prompts: new MongoPrompts(collections),
    ledger: new MongoLedger(collections),
    searchIndex: new MongoSearchIndex(collections),
  };
}
