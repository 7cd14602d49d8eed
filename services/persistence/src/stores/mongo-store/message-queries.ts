import {
  isReply,
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
import type { Collections } from "./collections.ts";
import {
  foldSessionRows,
  promptDocumentId,
  readAmendments,
  readSession,
  toMessageRow,
} from "./session-documents.ts";

/** Messages of a context that are looked at in one go. */
const contextStep = 50;
/** Messages whose answers are read in one go: each can be as long as all that a context may hold. */
const answerStep = 10;
/** Documents that the server sends at a time: a page is often full before its last one. */
const batchSize = 25;
/** The grams are an index, not an answer. */
const projection = { _id: 1, session: 1, position: 1, frame: 1 } as const;

export async function queryHistory(
  collections: Collections,
  question: RpcQuestion<"history">,
): Promise<HistoryPage> {
  const { sessionId, before, end: place, from, limit, reader } = question;
  if (from) return queryFrom(collections, from, question);
  const known = before === undefined ? undefined : await positionOfMessage(collections, sessionId, before);
  const end = place ? positionKey(place) : known;
  const found = collections.messages.find(
    { session: sessionId, position: { $lt: end ?? noKey } },
    { projection, batchSize, sort: { position: -1 }, limit: limit + 1 },
  );
  const { rows, hasMore } = await takePage(found, limit);
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

async function queryFrom(
  collections: Collections,
  from: Position,
  { sessionId, limit, reader }: RpcQuestion<"history">,
): Promise<HistoryPage> {
  // What was deleted with the session may not be removed yet.
  const deletion = deletionOf(
    await readSession(collections, sessionId),
    await readAmendments(collections, sessionId, [""]),
  );
  const found = collections.messages.find(
    { session: sessionId, position: { $gte: larger(deletion, positionKey(from)) } },
    { projection, batchSize, sort: { position: 1 }, limit: limit + 1 },
  );
  const { rows, hasMore } = await takePage(found, limit);
  const { messages, isCut } = fitFirst(await foldSessionRows(collections, sessionId, rows, reader), limit);
  return { messages, hasMore: isCut || hasMore, known: true };
}

/** The rest of a page that is full already is not even read. */
async function takePage(
  found: AsyncIterable<Parameters<typeof toMessageRow>[0]>,
  limit: number,
): Promise<{ rows: MessageRow[]; hasMore: boolean }> {
  const rows: MessageRow[] = [];
  let bytes = 0;
  for await (const document of found) {
    if (rows.length >= limit || bytes > limits.pageBytes) return { rows, hasMore: true };
    rows.push(toMessageRow(document));
    bytes += Buffer.byteLength(JSON.stringify(document.frame));
  }
  return { rows, hasMore: false };
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
    const messages = (await foldSessionRows(collections, sessionId, rows)).toReversed();
    for (let begin = 0; begin < messages.length && !window.full; begin += answerStep) {
      const some = messages.slice(begin, begin + answerStep);
      const asked = some.filter((message) => window.wantsAnswerTo(message)).map(({ id }) => id);
      const answers = await latestAnswers(collections, sessionId, asked);
      for (const message of some) window.add(message, answers.get(message.id));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < contextStep) break;
    range = { $lt: last.position };
  }
  return window.messages();
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

export async function queryTarget(
  collections: Collections,
  { sessionId, messageId, promptId }: RpcQuestion<"target">,
): Promise<RpcTarget> {
  const [session, amendments, message, prompt] = await Promise.all([
    readSession(collections, sessionId),
    readAmendments(collections, sessionId, [""]),
    collections.messages.findOne(
      { _id: messageId, session: sessionId },
      { projection: { position: 1, deleted: 1 } },
    ),
    promptId === undefined
      ? null
      : collections.prompts.findOne({ _id: promptDocumentId(sessionId, promptId) }),
  ]);
  const deletion = deletionOf(session, amendments);
  return {
    message: message !== null && message.position > deletion,
    prompt: promptId === undefined || isAfterDeletion(prompt?.asked, deletion),
    ...(message?.deleted === true ? { deleted: true } : {}),
  };
}

async function positionOfMessage(
  collections: Collections,
  session: string,
  id: string,
): Promise<string | undefined> {
  const found = await collections.messages.findOne({ _id: id, session }, { projection: { position: 1 } });
  return found?.position;
}

/** One message can be answered a thousand times, with half a megabyte each: only the one that counts is read. */
async function latestAnswers(
  collections: Collections,
  session: string,
  messageIds: readonly string[],
): Promise<Map<string, PageMessage>> {
  const found = await Promise.all(
    messageIds.map(async (answerTo) =>
      collections.messages.findOne(
        {
          session,
          answerTo,
          deleted: false,
          "frame.finishReason": { $ne: "error" },
          $nor: [{ "frame.finishReason": "stopped", "frame.message": "" }],
        },
        { projection, sort: { position: -1 } },
      ),
    ),
  );
  const rows = found.filter((document) => document !== null).map(toMessageRow);
  const answers = await foldSessionRows(collections, session, rows);
  return new Map(answers.flatMap((answer) => (isReply(answer) ? [[answer.messageId, answer]] : [])));
}
