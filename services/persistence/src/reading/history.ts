import { fitFirst, fitPage, limits, positionKey, type Position, type RpcQuestion } from "@natter/protocol";
import { larger, noKey, positionOfKey } from "../store/position-keys.ts";
import type { MessageRow } from "../store/rows.ts";
import type { RowReader } from "../store/store-adapter.ts";
import type { HistoryPage } from "../store/store.ts";
import { foldStored } from "./message-folding.ts";
import { deletionOf, readSessionState } from "./session-state.ts";

export async function readHistory(rows: RowReader, question: RpcQuestion<"history">): Promise<HistoryPage> {
  const { sessionId, before, end: place, from, limit, reader } = question;
  if (from) return readFrom(rows, from, question);
  const known = before === undefined ? undefined : await rows.messages.place(sessionId, before);
  const end = place ? positionKey(place) : known?.position;
  const found = rows.messages.before({ sessionId, end: end ?? noKey, limit: limit + 1 });
  const { page, hasMore } = await takePage(found, limit);
  const folded = await foldStored(rows, sessionId, page, reader);
  const { messages, isCut } = fitPage(folded, limit);
  // What lies before a deletion of the session is not there.
  const reachesDeletion = folded.length < page.length;
  return {
    messages,
    hasMore: isCut || (hasMore && !reachesDeletion),
    known: before === undefined || end !== undefined,
    ...(end === undefined ? {} : { end: positionOfKey(end) }),
  };
}

async function readFrom(
  rows: RowReader,
  from: Position,
  { sessionId, limit, reader }: RpcQuestion<"history">,
): Promise<HistoryPage> {
  // What was deleted with the session may not be removed yet.
  const deletion = deletionOf(await readSessionState(rows, sessionId));
  const start = larger(deletion, positionKey(from));
  const found = rows.messages.from({ sessionId, start, limit: limit + 1 });
  const { page, hasMore } = await takePage(found, limit);
  const { messages, isCut } = fitFirst(await foldStored(rows, sessionId, page, reader), limit);
  return { messages, hasMore: isCut || hasMore, known: true };
}

/** Reads no row after the one that fills the answer. */
async function takePage(
  found: AsyncIterable<MessageRow>,
  limit: number,
): Promise<{ page: MessageRow[]; hasMore: boolean }> {
  const page: MessageRow[] = [];
  let bytes = 0;
  for await (const row of found) {
    if (page.length >= limit || bytes > limits.pageBytes) return { page, hasMore: true };
    page.push(row);
    bytes += row.frameBytes;
  }
  return { page, hasMore: false };
}
