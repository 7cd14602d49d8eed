/** Ids made of several parts, and the reads that several answers share. */
import type { PageMessage, SessionDetails } from "@natter/protocol";
import {
  deletionOf,
  firstAuthorOf,
  foldRows,
  toDetails,
  type MessageRow,
  type SessionRow,
} from "../../message-pages.ts";
import type { Collections, MessageDocument, SessionDocument } from "./collections.ts";

/** A session id and a message id have no space, so two keys never have one id. */
export function amendmentId(session: string, target: string, slot: string): string {
  return `${session} ${target} ${slot}`;
}

export function memberId(session: string, user: string): string {
  return `${session} ${user}`;
}

export function promptDocumentId(session: string, promptId: string): string {
  return `${session} ${promptId}`;
}

export function toMessageRow(
  document: Pick<MessageDocument, "_id" | "session" | "position" | "frame">,
): MessageRow {
  const { _id: id, session: sessionId, position, frame } = document;
  return { id, sessionId, position, frame };
}

export function toSessionRow({ _id: sessionId, ...fields }: SessionDocument): SessionRow {
  return { sessionId, ...fields };
}

export async function readSession(
  collections: Collections,
  sessionId: string,
): Promise<SessionRow | undefined> {
  const document = await collections.sessions.findOne({ _id: sessionId });
  return document === null ? undefined : toSessionRow(document);
}

export async function readDetails(collections: Collections, sessionId: string): Promise<SessionDetails> {
  return detailsOf(collections, await readSession(collections, sessionId));
}

/** Of a session whose row was read already. */
export async function detailsOf(
  collections: Collections,
  row: SessionRow | undefined,
): Promise<SessionDetails> {
  if (!row) return {};
  const amendments = await readAmendments(collections, row.sessionId, [""]);
  const deletion = deletionOf(row, amendments);
  const isDeleted = deletion !== "";
  return toDetails(row, amendments, isDeleted && (await isSpokenAfter(collections, row.sessionId, deletion)));
}

async function isSpokenAfter({ messages }: Collections, session: string, position: string): Promise<boolean> {
  const query = { session, position: { $gt: position }, answerTo: null };
  return (await messages.findOne(query, { projection: { _id: 1 } })) !== null;
}

/** What was done to the messages and, with the target "", to the session. A reaction that was taken back is nothing. */
export async function readAmendments(
  collections: Collections,
  session: string,
  targets: readonly string[],
): Promise<string[]> {
  const found = await collections.amendments
    .find({ session, target: { $in: [...targets] }, entry: { $not: /"type":"reaction".*"on":false\}$/s } })
    .toArray();
  return found.map(({ entry }) => entry);
}

/** Rows of one session as the later events left them, ascending. */
export async function foldSessionRows(
  collections: Collections,
  sessionId: string,
  rows: readonly MessageRow[],
  reader?: string,
): Promise<PageMessage[]> {
  if (rows.length === 0) return [];
  const [amendments, session] = await Promise.all([
    readAmendments(collections, sessionId, [...rows.map(({ id }) => id), ""]),
    readSession(collections, sessionId),
  ]);
  return foldRows(rows, amendments, firstAuthorOf(session), reader);
}
