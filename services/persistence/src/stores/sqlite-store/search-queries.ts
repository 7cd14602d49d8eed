import type { RpcQuestion, SearchAnswer } from "@natter/protocol";
import { limits, toSearchWords } from "@natter/protocol/plain";
import { titleOf } from "../../message-pages.ts";
import type { SearchBudget } from "../../search-budget.ts";
import { gramsOfWords, longGramsOfWords } from "../../search-grams.ts";
import { SearchHits } from "../../search-hits.ts";
import type { Database } from "./database.ts";
import { ownMessages, type Candidate } from "./own-messages.ts";
import { isIndexBehind } from "./search-index.ts";
import { toMatch } from "./search-terms.ts";
import {
  foldSessionRows,
  messageColumns,
  readAmendments,
  readSession,
  toMessageRow,
  type MessageColumns,
} from "./session-rows.ts";

/** Messages whose index entries are read in one go: some 20 ms at most, since nothing can interrupt SQLite in between. */
const windowNumbers = 50_000;

/**
 * The index is of all users' messages. Where it has too many that match, most of them of others, the caller's own messages are
 * looked at instead, one after another: so those of others never take the place of the caller's.
 */
export function querySearch(
  database: Database,
  { userId, query, limit }: RpcQuestion<"search">,
  budget: SearchBudget,
): SearchAnswer {
  const words = toSearchWords(query);
  const hits = new SearchHits(words, limit);
  if (words.length === 0) return hits.answer(false);
  const rows = readIndex(database, userId, words, budget) ?? [ownMessages(database, userId)];
  for (const latestFirst of rows) {
    for (const candidate of latestFirst) {
      if (!hits.hasPlaceFor(candidate.position)) break;
      if (!budget.take()) return hits.answer(true);
      compare(database, hits, candidate);
    }
  }
  return hits.answer(!hits.isFull && isIndexBehind(database));
}

/**
 * The caller's messages that have all grams, and then the long ones: a long one is seldom what is looked for and takes the longest
 * to compare. `undefined`: there are too many.
 */
function readIndex(
  database: Database,
  userId: string,
  words: readonly string[],
  budget: SearchBudget,
): Candidate[][] | undefined {
  const found: Candidate[][] = [];
  for (const grams of [gramsOfWords(words), longGramsOfWords(words)]) {
    const candidates = readMatches(database, userId, toMatch(grams), budget);
    if (!candidates) return undefined;
    found.push(candidates);
  }
  return found;
}

function readMatches(
  database: Database,
  userId: string,
  match: string,
  budget: SearchBudget,
): Candidate[] | undefined {
  const last = database.all<{ number: number | null }>("select max(number) as number from messages")[0];
  let found: Candidate[] = [];
  for (let end = last?.number ?? 0; end > 0; end -= windowNumbers) {
    if (budget.isHalfGone) return undefined;
    const window = database.all<Candidate>(
      `select m.number, m.position from search cross join messages m on m.number = search.rowid
       where search match ? and search.rowid > ? and search.rowid <= ? and exists (
         select 1 from members u where u.user_id = ? and u.session_id = m.session_id and u.joined = 1
       ) limit ?`,
      match,
      end - windowNumbers,
      end,
      userId,
      limits.searchCandidates + 1 - found.length,
    );
    found = found.concat(window);
    if (found.length > limits.searchCandidates) return undefined;
  }
  return found.sort((left, right) => (left.position < right.position ? 1 : -1));
}

/** Adds the message to the hits if its newest text has the words. */
function compare(database: Database, hits: SearchHits, { number, position }: Candidate): void {
  const columns = database.all<MessageColumns & { amended: number }>(
    `select ${messageColumns}, exists (
       select 1 from amendments a where a.session_id = messages.session_id and a.target = messages.id
     ) as amended from messages where number = ?`,
    number,
  )[0];
  if (!columns) return;
  const row = toMessageRow(columns);
  // Most candidates end here, before anything else is read of them.
  if (columns.amended === 0 && !hits.matches(row.frame.message)) return;
  const { sessionId } = row;
  const [message] = foldSessionRows(database, sessionId, [row]);
  if (!message || message.deletedAt !== undefined) return;
  if (columns.amended === 1 && !hits.matches(message.message)) return;
  const title = titleOf(readSession(database, sessionId), readAmendments(database, sessionId, [""]));
  hits.add({ sessionId, position, message, ...title });
}
