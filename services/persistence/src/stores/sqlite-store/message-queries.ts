import { fitPage, limits, positionKey, type PageMessage, type RpcQuestion } from "@natter/protocol";
import { ContextWindow } from "../../context-window.ts";
import { titleOf, type MessageRow } from "../../message-pages.ts";
import { noKey, positionOfKey } from "../../position-keys.ts";
import { SearchHits } from "../../search-hits.ts";
import { gramsOfWords, overflowGram, toSearchWords } from "../../search-grams.ts";
import type { HistoryPage } from "../../store.ts";
import type { Database } from "./database.ts";
import { toMatch } from "./search-terms.ts";
import {
  foldSessionRows,
  messageColumns,
  readSession,
  toMessageRow,
  type MessageColumns,
} from "./session-rows.ts";

/** Messages of a context that are looked at in one go. */
const contextStep = 50;

export function queryHistory(
  database: Database,
  { sessionId, before, end: place, limit, reader }: RpcQuestion<"history">,
): HistoryPage {
  const known = before === undefined ? undefined : positionOfMessage(database, sessionId, before);
  const end = place ? positionKey(place) : known;
  const rows: MessageRow[] = [];
  let bytes = 0;
  const found = database.iterate<MessageColumns>(
    `select ${messageColumns} from messages where session_id = ? and position < ? order by position desc`,
    sessionId,
    end ?? noKey,
  );
  let hasMore = false;
  for (const columns of found) {
    // The rest of a page that is full already is not even read.
    hasMore = rows.length >= limit || bytes > limits.pageBytes;
    if (hasMore) break;
    rows.push(toMessageRow(columns));
    bytes += Buffer.byteLength(columns.frame);
  }
  const folded = foldSessionRows(database, sessionId, rows, reader);
  const { messages, isCut } = fitPage(folded, limit);
  // What lies before a deletion of the session is not there.
  const reachesDeletion = folded.length < rows.length;
  return {
    messages,
    hasMore: isCut || (hasMore && !reachesDeletion),
    known: before === undefined || end !== undefined,
    ...(end === undefined ? {} : { end: positionOfKey(end) }),
  };
}

export function queryContext(
  database: Database,
  { sessionId, messageId, textBytes }: RpcQuestion<"context">,
): PageMessage[] {
  const window = new ContextWindow(messageId, textBytes);
  // A message that is not here yet is later than all that are.
  let end = positionOfMessage(database, sessionId, messageId);
  let comparison = "<=";
  while (!window.full) {
    const rows = database
      .all<MessageColumns>(
        `select ${messageColumns} from messages
         where session_id = ? and position ${comparison} ? and answer_to is null and deleted = 0
         order by position desc limit ${contextStep}`,
        sessionId,
        end ?? noKey,
      )
      .map(toMessageRow);
    const answers = answersTo(database, sessionId, rows);
    for (const message of foldSessionRows(database, sessionId, rows).toReversed()) {
      window.add(message, answers.get(message.id) ?? []);
    }
    end = rows.at(-1)?.position;
    comparison = "<";
    if (end === undefined || rows.length < contextStep) break;
  }
  return window.messages();
}

export function querySearch(
  database: Database,
  { userId, query, limit }: RpcQuestion<"search">,
): ReturnType<SearchHits["hits"]> {
  const words = toSearchWords(query);
  const hits = new SearchHits(words, limit);
  if (words.length === 0) return [];
  // Without the frames: there may be many candidates to sort, and few of them are looked at.
  const candidates = database.iterate<{ number: number }>(
    `select m.number from search
     join messages m on m.number = search.rowid
     join members u on u.user_id = ? and u.session_id = m.session_id and u.joined = 1
     where search match ? order by m.position desc`,
    userId,
    toMatch(gramsOfWords(words), overflowGram),
  );
  for (const { number } of candidates) {
    if (hits.full) break;
    const columns = database.all<MessageColumns>(
      `select ${messageColumns} from messages where number = ?`,
      number,
    )[0];
    if (!columns) continue;
    const row = toMessageRow(columns);
    const [message] = foldSessionRows(database, row.sessionId, [row]);
    if (!message || !hits.matches(message)) continue;
    hits.add(row.sessionId, message, titleOf(readSession(database, row.sessionId)));
  }
  return hits.hits();
}

export function queryLastMessage(database: Database, sessionId: string): PageMessage | undefined {
  const columns = database.all<MessageColumns>(
    `select ${messageColumns} from messages where session_id = ? and deleted = 0 order by position desc limit 1`,
    sessionId,
  )[0];
  return columns && foldSessionRows(database, sessionId, [toMessageRow(columns)])[0];
}

function positionOfMessage(database: Database, sessionId: string, id: string): string | undefined {
  return database.all<{ position: string }>(
    "select position from messages where id = ? and session_id = ?",
    id,
    sessionId,
  )[0]?.position;
}

function answersTo(
  database: Database,
  sessionId: string,
  rows: readonly MessageRow[],
): Map<string, PageMessage[]> {
  const found = database
    .all<MessageColumns>(
      `select ${messageColumns} from messages
       where session_id = ? and answer_to in (select value from json_each(?))`,
      sessionId,
      JSON.stringify(rows.map(({ id }) => id)),
    )
    .map(toMessageRow);
  return Map.groupBy(foldSessionRows(database, sessionId, found), (answer) =>
    answer.type === "ai_complete" ? answer.messageId : "",
  );
}
