import {
  fitFirst,
  fitPage,
  limits,
  positionKey,
  type PageMessage,
  type Position,
  type RpcQuestion,
} from "@natter/protocol";
import { ContextWindow } from "../../context-window.ts";
import { deletionOf, isAfterDeletion, type MessageRow } from "../../message-pages.ts";
import { larger, noKey, positionOfKey } from "../../position-keys.ts";
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

export function queryHistory(database: Database, question: RpcQuestion<"history">): HistoryPage {
  const { sessionId, before, end: place, from, limit, reader } = question;
  if (from) return queryFrom(database, from, question);
  const known = before === undefined ? undefined : positionOfMessage(database, sessionId, before);
  const end = place ? positionKey(place) : known;
  const found = database.iterate<MessageColumns>(
    `select ${messageColumns} from messages where session_id = ? and position < ? order by position desc`,
    sessionId,
    end ?? noKey,
  );
  const { rows, hasMore } = takePage(found, limit);
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

function queryFrom(
  database: Database,
  from: Position,
  { sessionId, limit, reader }: RpcQuestion<"history">,
): HistoryPage {
  // What was deleted with the session may not be removed yet.
  const deletion = deletionOf(readSession(database, sessionId), readAmendments(database, sessionId, [""]));
  const found = database.iterate<MessageColumns>(
    `select ${messageColumns} from messages where session_id = ? and position >= ? order by position`,
    sessionId,
    larger(deletion, positionKey(from)),
  );
  const { rows, hasMore } = takePage(found, limit);
  const { messages, isCut } = fitFirst(foldSessionRows(database, sessionId, rows, reader), limit);
  return { messages, hasMore: isCut || hasMore, known: true };
}

/** The rest of a page that is full already is not even read. */
function takePage(found: Iterable<MessageColumns>, limit: number): { rows: MessageRow[]; hasMore: boolean } {
  const rows: MessageRow[] = [];
  let bytes = 0;
  for (const columns of found) {
    if (rows.length >= limit || bytes > limits.pageBytes) return { rows, hasMore: true };
    rows.push(toMessageRow(columns));
    bytes += Buffer.byteLength(columns.frame);
  }
  return { rows, hasMore: false };
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
    for (const message of foldSessionRows(database, sessionId, rows).toReversed()) {
      const wanted = window.wantsAnswerTo(message);
      window.add(message, wanted ? latestAnswer(database, sessionId, message.id) : undefined);
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
  const [message] = database.all<{ position: string; deleted: number }>(
    "select position, deleted from messages where id = ? and session_id = ?",
    messageId,
    sessionId,
  );
  const asked =
    promptId === undefined
      ? undefined
      : database.all<{ asked: string }>(
          "select asked from prompts where session_id = ? and prompt_id = ?",
          sessionId,
          promptId,
        )[0]?.asked;
  return {
    message: message !== undefined && message.position > deletion,
    prompt: promptId === undefined || isAfterDeletion(asked, deletion),
    ...(message?.deleted === 1 ? { deleted: true } : {}),
  };
}

function positionOfMessage(database: Database, sessionId: string, id: string): string | undefined {
  return database.all<{ position: string }>(
    "select position from messages where id = ? and session_id = ?",
    id,
    sessionId,
  )[0]?.position;
}

/** One message can be answered a thousand times, with half a megabyte each: only the one that counts is read. */
function latestAnswer(database: Database, sessionId: string, messageId: string): PageMessage | undefined {
  const rows = database.all<MessageColumns>(
    `select ${messageColumns} from messages
     where session_id = ? and answer_to = ? and deleted = 0 and frame ->> 'finishReason' <> 'error'
       and not (frame ->> 'finishReason' = 'stopped' and frame ->> 'message' = '')
     order by position desc limit 1`,
    sessionId,
    messageId,
  );
  return foldSessionRows(database, sessionId, rows.map(toMessageRow))[0];
}
