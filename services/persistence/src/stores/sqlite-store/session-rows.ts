/** The reads that several answers share. */
import type { MessageEvent } from "../../facts.ts";
import {
  deletionOf,
  firstAuthorOf,
  foldRows,
  toDetails,
  type MessageRow,
  type SessionRow,
} from "../../message-pages.ts";
import type { PageMessage, SessionDetails } from "@natter/protocol";
import type { Database } from "./database.ts";
import { isShown } from "./schema.ts";

export interface MessageColumns {
  readonly id: string;
  readonly session_id: string;
  readonly position: string;
  readonly frame: string;
}

export const messageColumns = "id, session_id, position, frame";

export interface SessionColumns {
  readonly session_id: string;
  readonly first: string;
  readonly activity: string;
  readonly title: string;
  readonly system_prompt: string;
  readonly model: string;
}

export function toMessageRow(columns: MessageColumns): MessageRow {
  return {
    id: columns.id,
    sessionId: columns.session_id,
    position: columns.position,
    frame: JSON.parse(columns.frame) as MessageEvent,
  };
}

export function toSessionRow(columns: SessionColumns): SessionRow {
  const { session_id: sessionId, first, activity, title, system_prompt: systemPrompt, model } = columns;
  return { sessionId, first, activity, title, systemPrompt, model };
}

export function readSession(database: Database, sessionId: string): SessionRow | undefined {
  const columns = database.all<SessionColumns>("select * from sessions where session_id = ?", sessionId)[0];
  return columns && toSessionRow(columns);
}

export function readDetails(database: Database, sessionId: string): SessionDetails {
  const row = readSession(database, sessionId);
  return row ? detailsOf(database, row) : {};
}

/** Of a session whose row was read already. */
export function detailsOf(database: Database, row: SessionRow): SessionDetails {
  const { sessionId } = row;
  const amendments = readAmendments(database, sessionId, [""]);
  const deletion = deletionOf(row, amendments);
  return toDetails(row, amendments, deletion !== "" && isSpokenAfter(database, sessionId, deletion));
}

function isSpokenAfter(database: Database, sessionId: string, position: string): boolean {
  const found = database.all(
    "select 1 from messages where session_id = ? and position > ? and answer_to is null limit 1",
    sessionId,
    position,
  );
  return found.length > 0;
}

/** Without `indexed by` SQLite may take the index of the table's key, which has all that was taken back. */
export const amendmentsOf = `select entry from amendments indexed by amendments_shown
  where session_id = ? and target in (select value from json_each(?)) and ${isShown}`;

/** What was done to the messages and, with the target "", to the session. A reaction that was taken back is nothing. */
export function readAmendments(database: Database, sessionId: string, targets: readonly string[]): string[] {
  return database
    .all<{ entry: string }>(amendmentsOf, sessionId, JSON.stringify(targets))
    .map(({ entry }) => entry);
}

/** Rows of one session as the later events left them, ascending. */
export function foldSessionRows(
  database: Database,
  sessionId: string,
  rows: readonly MessageRow[],
  reader?: string,
): PageMessage[] {
  if (rows.length === 0) return [];
  const amendments = readAmendments(database, sessionId, [...rows.map(({ id }) => id), ""]);
  return foldRows(rows, amendments, firstAuthorOf(readSession(database, sessionId)), reader);
}
