import { limits, positionKey, type PageMessage, type RpcQuestion } from "@natter/protocol";
import { ContextWindow } from "../../context-window.ts";
import { deletionOf, fitPage, isAfterDeletion, type MessageRow } from "../../message-pages.ts";
import { noKey, positionOfKey } from "../../position-keys.ts";
import type { HistoryPage, RpcTarget } from "../../store.ts";
import type { Database } from "./database.ts";
import {
  foldSessionRows,
  messageColumns,
  readAmendments,
  readSession,
  toMessageRow,
  type MessageColumns,
} from "./session-rows.ts";

/** Messages of a context that are looked at in one go. */
const contextStep = 50;

export function queryHistory(
  database: Database,
  { sessionId, before, end: place, limit }: RpcQuestion<"history">,
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
  const folded = foldSessionRows(database, sessionId, rows);
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

export function queryLastMessage(database: Database, sessionId: string): PageMessage | undefined {
  const columns = database.all<MessageColumns>(
    `select ${messageColumns} from messages where session_id = ? and deleted = 0 order by position desc limit 1`,
    sessionId,
  )[0];
  return columns && foldSessionRows(database, sessionId, [toMessageRow(columns)])[0];
}

export function queryTarget(
  database: Database,
  { sessionId, messageId, promptId }: RpcQuestion<"target">,
): RpcTarget {
  const deletion = deletionOf(readSession(database, sessionId), readAmendments(database, sessionId, [""]));
  const position = positionOfMessage(database, sessionId, messageId);
  const asked =
    promptId === undefined
      ? undefined
      : database.all<{ asked: string }>(
          "select asked from prompts where session_id = ? and prompt_id = ?",
          sessionId,
          promptId,
        )[0]?.asked;
  return {
    message: position !== undefined && position > deletion,
    prompt: promptId === undefined || isAfterDeletion(asked, deletion),
  };
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
