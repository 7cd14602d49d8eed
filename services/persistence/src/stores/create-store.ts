import { limits } from "@natter/protocol";
import { readContext } from "../reading/context.ts";
import { readHistory } from "../reading/history.ts";
import { readOpenPrompts } from "../reading/open-prompts.ts";
import { readReactions } from "../reading/reactions.ts";
import { readReadMarks } from "../reading/read-marks.ts";
import { readDetails } from "../reading/session-details.ts";
import { readSessions } from "../reading/session-list.ts";
import { readTarget } from "../reading/target.ts";
import { reindexStep } from "../search/reindex.ts";
import { SearchQueue } from "../search/search-queue.ts";
import { positionOfKey } from "../store/position-keys.ts";
import type { StoreAdapter } from "../store/store-adapter.ts";
import type { Store } from "../store/store.ts";
import { purgeSession } from "../writing/purge.ts";
import { recordEvents } from "../writing/record.ts";

/** The store in a database: read this function and you have seen what each question is answered from. */
export function createStore(adapter: StoreAdapter): Store {
  const searches = new SearchQueue({
    run: (question, budgetMs) => adapter.search(question, budgetMs),
    maxRunning: adapter.maxSearches,
  });
  return {
    record: (events) => recordEvents(adapter, events),
    keepDeadLetters: (letters) =>
      adapter.write((rows) => rows.ledger.putDeadLetters(letters, limits.deadLetters)),
    deadLetters: (limit) => adapter.read((rows) => rows.ledger.deadLetters(limit)),
    pendingPurges: (limit) => adapter.read((rows) => rows.ledger.pendingPurges(limit)),
    purge: (purge, betweenSteps) => purgeSession(adapter, purge, betweenSteps),
    endPurge: (purge) => adapter.write((rows) => rows.ledger.endPurge(purge)),
    lastPosition: () =>
      adapter.read(async (rows) => {
        const position = await rows.ledger.lastPosition();
        return position === undefined ? undefined : positionOfKey(position);
      }),
    history: (question) => adapter.read((rows) => readHistory(rows, question)),
    sessions: (question) => adapter.read((rows) => readSessions(rows, question)),
    search: (question) => searches.ask(question),
    reindexStep: () => reindexStep(adapter),
    reactions: (question) => adapter.read((rows) => readReactions(rows, question)),
    receipt: (eventId) => adapter.read((rows) => rows.ledger.receipt(eventId)),
    target: (question) => adapter.read((rows) => readTarget(rows, question)),
    openPrompts: (sessionId) => adapter.read((rows) => readOpenPrompts(rows, sessionId)),
    earliestPrompt: () =>
      adapter.read(async (rows) => {
        const prompt = await rows.prompts.earliestOpen();
        return prompt && positionOfKey(prompt.asked);
      }),
    context: (question) => adapter.read((rows) => readContext(rows, question)),
    details: (sessionId) => adapter.read((rows) => readDetails(rows, sessionId)),
    readMarks: (sessionId, limit) => adapter.read((rows) => readReadMarks(rows, sessionId, limit)),
    mark: (question) => adapter.write((rows) => rows.sessions.mark(question)),
    close: async () => {
      searches.close();
      await adapter.close();
    },
  };
}
