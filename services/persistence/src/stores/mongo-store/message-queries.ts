import {
  fitPage,
  limits,
  positionKey,
  type PageMessage,
  type RpcQuestion,
  type SearchHit,
} from "@natter/protocol";
import { ContextWindow } from "../../context-window.ts";
import { titleOf, type MessageRow } from "../../message-pages.ts";
import { noKey, positionOfKey } from "../../position-keys.ts";
import { gramsOfWords, overflowGram, toSearchWords } from "../../search-grams.ts";
import { SearchHits } from "../../search-hits.ts";
import type { HistoryPage } from "../../store.ts";
import type { Collections } from "./collections.ts";
import { foldSessionRows, readSession, toMessageRow } from "./session-documents.ts";

/** Messages of a context that are looked at in one go. */
const contextStep = 50;
/** Documents that the server sends at a time: a page is often full before its last one. */
const batchSize = 25;
/** The grams are an index, not an answer. */
const projection = { _id: 1, session: 1, position: 1, frame: 1 } as const;

export async function queryHistory(
  collections: Collections,
  { sessionId, before, end: place, limit, reader }: RpcQuestion<"history">,
): Promise<HistoryPage> {
  const known = before === undefined ? undefined : await positionOfMessage(collections, sessionId, before);
  const end = place ? positionKey(place) : known;
  const found = collections.messages.find(
    { session: sessionId, position: { $lt: end ?? noKey } },
    { projection, batchSize, sort: { position: -1 }, limit: limit + 1 },
  );
  const rows: MessageRow[] = [];
  let bytes = 0;
  let hasMore = false;
  for await (const document of found) {
    hasMore = rows.length >= limit || bytes > limits.pageBytes;
    if (hasMore) break;
    rows.push(toMessageRow(document));
    bytes += Buffer.byteLength(JSON.stringify(document.frame));
  }
  const folded = await foldSessionRows(collections, sessionId, rows, reader);
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

export async function queryContext(
  collections: Collections,
  { sessionId, messageId, textBytes }: RpcQuestion<"context">,
): Promise<PageMessage[]> {
  const window = new ContextWindow(messageId, textBytes);
  // A message that is not here yet is later than all that are.
  const position = await positionOfMessage(collections, sessionId, messageId);
  let range: { $lte: string } | { $lt: string } = { $lte: position ?? noKey };
  while (!window.full) {
    const documents = await collections.messages
      .find(
        { session: sessionId, position: range, answerTo: null, deleted: false },
        { projection, sort: { position: -1 }, limit: contextStep },
      )
      .toArray();
    const rows = documents.map(toMessageRow);
    const [messages, answers] = await Promise.all([
      foldSessionRows(collections, sessionId, rows),
      answersTo(collections, sessionId, rows),
    ]);
    for (const message of messages.toReversed()) window.add(message, answers.get(message.id) ?? []);
    const last = rows.at(-1);
    if (last === undefined || rows.length < contextStep) break;
    range = { $lt: last.position };
  }
  return window.messages();
}

export async function querySearch(
  collections: Collections,
  { userId, query, limit }: RpcQuestion<"search">,
): Promise<SearchHit[]> {
  const words = toSearchWords(query);
  if (words.length === 0) return [];
  const members = await collections.members
    .find({ user: userId, joined: true }, { projection: { session: 1 } })
    .toArray();
  const hits = new SearchHits(words, limit);
  const candidates = collections.messages.find(
    {
      session: { $in: members.map(({ session }) => session) },
      $or: [{ grams: { $all: gramsOfWords(words) } }, { grams: overflowGram }],
    },
    { projection, batchSize, sort: { position: -1 }, allowDiskUse: true },
  );
  for await (const document of candidates) {
    if (hits.full) break;
    const row = toMessageRow(document);
    const [message] = await foldSessionRows(collections, row.sessionId, [row]);
    if (!message || !hits.matches(message)) continue;
    hits.add(row.sessionId, message, titleOf(await readSession(collections, row.sessionId)));
  }
  return hits.hits();
}

export async function queryLastMessage(
  collections: Collections,
  session: string,
): Promise<PageMessage | undefined> {
  const document = await collections.messages.findOne(
    { session, deleted: false },
    { projection, sort: { position: -1 } },
  );
  if (document === null) return undefined;
  const [message] = await foldSessionRows(collections, session, [toMessageRow(document)]);
  return message;
}

async function positionOfMessage(
  collections: Collections,
  session: string,
  id: string,
): Promise<string | undefined> {
  const found = await collections.messages.findOne({ _id: id, session }, { projection: { position: 1 } });
  return found?.position;
}

async function answersTo(
  collections: Collections,
  session: string,
  rows: readonly MessageRow[],
): Promise<Map<string, PageMessage[]>> {
  const found = await collections.messages
    .find({ session, answerTo: { $in: rows.map(({ id }) => id) } }, { projection })
    .toArray();
  const answers = await foldSessionRows(collections, session, found.map(toMessageRow));
  return Map.groupBy(answers, (answer) => (answer.type === "ai_complete" ? answer.messageId : ""));
}
