import { Binary, MongoClient, type MongoClientOptions } from "mongodb";
import { limits, positionKey, type Position, type Receipt } from "@natter/protocol";
import { factsOf } from "../../facts.ts";
import { toReactions } from "../../message-pages.ts";
import { positionOfKey } from "../../position-keys.ts";
import { SearchBudget } from "../../search-budget.ts";
import { SearchQueue } from "../../search-queue.ts";
import type { DeadLetter, RecordedEvent, Store } from "../../store.ts";
import { collectionsOf, createIndexes, type Collections } from "./collections.ts";
import { writeFacts } from "./fact-writer.ts";
import { queryContext, queryHistory, queryTarget } from "./message-queries.ts";
import { refusedAsDuplicates, translated } from "./mongo-errors.ts";
import { endPurge, listEarlierDeletions, purgeSession, readPendingPurges } from "./purges.ts";
import { SearchIndexing } from "./search-index.ts";
import { querySearch } from "./search-queries.ts";
import { readAmendments, readDetails } from "./session-documents.ts";
import { querySessions } from "./session-list.ts";
import { markSession, queryEarliestPrompt, queryOpenPrompts, queryReadMarks } from "./session-queries.ts";

const defaultDatabase = "natter";
/** They are mostly waits for the server; texts are compared here, in small parts. */
const searchesAtOnce = 4;

/** Every wait has an end: the driver's own defaults wait for ever for a connection and for an answer. */
const options: MongoClientOptions = {
  appName: "natter",
  writeConcern: { w: "majority", journal: true, wtimeoutMS: 5_000 },
  // What was written a moment ago must be read: never from a secondary.
  readPreference: "primary",
  maxPoolSize: 50,
  waitQueueTimeoutMS: 2_000,
  serverSelectionTimeoutMS: 3_000,
  connectTimeoutMS: 3_000,
  socketTimeoutMS: 8_000,
};

/**
 * @throws StoreUnavailable if the server is away
 * @throws MongoParseError if the URL is malformed
 */
export async function openMongoStore(url: string): Promise<Store> {
  const client = new MongoClient(url, options);
  const collections = collectionsOf(client.db(databaseOf(url)));
  try {
    await translated(async () => {
      await client.connect();
      await createIndexes(collections);
      await listEarlierDeletions(collections);
    });
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error;
  }
  const indexing = new SearchIndexing(collections);
  const searches = new SearchQueue({
    run: (question, budgetMs) =>
      translated(() => querySearch({ collections, indexing, budget: new SearchBudget(budgetMs) }, question)),
    atOnce: searchesAtOnce,
  });
  return {
    record: (events) => translated(() => record(collections, events)),
    keepDeadLetters: (letters) => translated(() => keepDeadLetters(collections, letters)),
    deadLetters: (limit) => translated(() => readDeadLetters(collections, limit)),
    pendingPurges: (limit) => translated(() => readPendingPurges(collections, limit)),
    purge: (...of) => translated(() => purgeSession(collections, ...of)),
    endPurge: (purge) => translated(() => endPurge(collections, purge)),
    lastPosition: () => translated(() => readLastPosition(collections)),
    history: (question) => translated(() => queryHistory(collections, question)),
    sessions: (question) => translated(() => querySessions(collections, question)),
    search: (question) => searches.ask(question),
    reindexStep: () => translated(() => indexing.step()),
    reactions: ({ sessionId, messageId, reader }) =>
      translated(async () => toReactions(await readAmendments(collections, sessionId, [messageId]), reader)),
    receipt: (eventId) => translated(() => queryReceipt(collections, eventId)),
    target: (question) => translated(() => queryTarget(collections, question)),
    openPrompts: (sessionId) => translated(() => queryOpenPrompts(collections, sessionId)),
    earliestPrompt: () => translated(() => queryEarliestPrompt(collections)),
    context: (question) => translated(() => queryContext(collections, question)),
    details: (sessionId) => translated(() => readDetails(collections, sessionId)),
    readMarks: (sessionId, limit) => translated(() => queryReadMarks(collections, sessionId, limit)),
    mark: (question) => translated(() => markSession(collections, question)),
    close: async () => {
      searches.close();
      await client.close();
    },
  };
}

/** The driver would take "test" for a URL that names no database. */
function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];
  return path === undefined ? defaultDatabase : decodeURIComponent(path);
}

async function record(collections: Collections, events: readonly RecordedEvent[]): Promise<void> {
  if (events.length > 0) await writeFacts(collections, factsOf(events));
}

async function keepDeadLetters(collections: Collections, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const documents = letters.map(({ position, subject, reason, bytes }) => ({
    _id: positionKey(position),
    subject,
    reason,
    bytes: new Binary(bytes),
  }));
  await refusedAsDuplicates(() => collections.deadLetters.insertMany(documents, { ordered: false }));
  const tooOld = await collections.deadLetters
    .find({}, { sort: { _id: -1 }, skip: limits.deadLetters, limit: 1, projection: { _id: 1 } })
    .toArray();
  for (const { _id } of tooOld) await collections.deadLetters.deleteMany({ _id: { $lte: _id } });
}

async function readDeadLetters(collections: Collections, limit: number): Promise<DeadLetter[]> {
  const found = await collections.deadLetters.find({}, { sort: { _id: -1 }, limit }).toArray();
  return found.map(({ _id, subject, reason, bytes }) => ({
    position: positionOfKey(_id),
    subject,
    reason,
    bytes: Uint8Array.from(bytes.value()),
  }));
}

async function readLastPosition(collections: Collections): Promise<Position | undefined> {
  const found = await collections.progress.findOne({ _id: "last" });
  return found === null ? undefined : positionOfKey(found.position);
}

async function queryReceipt(collections: Collections, eventId: string): Promise<Receipt | undefined> {
  const found = await collections.receipts.findOne({ _id: eventId });
  return found === null ? undefined : { position: positionOfKey(found.position), bodyHash: found.bodyHash };
}
