import { limits } from "@natter/protocol/plain";
import { gramsOf, searchIndexVersion } from "../../search-grams.ts";
import type { Database } from "./database.ts";
import { toSearchTerms } from "./search-terms.ts";
import { foldSessionRows, messageColumns, toMessageRow, type MessageColumns } from "./session-rows.ts";

interface IndexColumns {
  readonly version: number;
  readonly numbers_left: number;
}

/** Brings the index of one message up to its newest text; `undefined`: it has none any more. */
export function indexText(database: Database, number: number, text: string | undefined): void {
  database.run("delete from search where rowid = ?", number);
  if (text === undefined) return;
  database.run("insert into search (rowid, grams) values (?, ?)", number, toSearchTerms(gramsOf(text)));
}

/** What an earlier version has indexed is to be indexed again. */
export function prepareIndex(database: Database): void {
  database.write(() => {
    if (readState(database)?.version === searchIndexVersion) return;
    database.run("delete from search_index");
    database.run(
      "insert into search_index (version, numbers_left) select ?, coalesce(max(number), 0) from messages",
      searchIndexVersion,
    );
  });
}

/** Whether the index still has rows of an earlier version, which can lack what a search looks for. */
export function isIndexBehind(database: Database): boolean {
  return (readState(database)?.numbers_left ?? 0) > 0;
}

/** Indexes the latest of the messages that are left again; resolves with whether there are more. */
export function reindexStep(database: Database): boolean {
  if (!isIndexBehind(database)) return false;
  return database.write(() => {
    // Another process may have been faster.
    const numbersLeft = reindexBelow(database, readState(database)?.numbers_left ?? 0);
    database.run("update search_index set numbers_left = ?", numbersLeft);
    return numbersLeft > 0;
  });
}

/** Resolves with the number of the next message, or with 0. */
function reindexBelow(database: Database, numbersLeft: number): number {
  const rows = database.iterate<MessageColumns & { number: number }>(
    `select number, ${messageColumns} from messages where number <= ? order by number desc limit ?`,
    numbersLeft,
    limits.reindexMessages + 1,
  );
  let [messages, bytes] = [0, 0];
  for (const row of rows) {
    if (messages >= limits.reindexMessages || bytes >= limits.reindexBytes) return row.number;
    const [message] = foldSessionRows(database, row.session_id, [toMessageRow(row)]);
    // Deleted by itself or with its session: nothing of its text comes back into the index.
    const text = message?.deletedAt === undefined ? message?.message : undefined;
    indexText(database, row.number, text);
    messages += 1;
    bytes += Buffer.byteLength(row.frame);
  }
  return 0;
}

function readState(database: Database): IndexColumns | undefined {
  return database.all<IndexColumns>("select version, numbers_left from search_index")[0];
}
