import { limits } from "@natter/protocol";
import { gramsOf, searchIndexVersion } from "../../search-grams.ts";
import type { Collections, MessageDocument } from "./collections.ts";
import { isNoSuchIndex } from "./mongo-errors.ts";
import { foldSessionRows, toMessageRow } from "./session-documents.ts";

type Found = Pick<MessageDocument, "_id" | "session" | "position" | "frame" | "textPosition">;

const projection = { _id: 1, session: 1, position: 1, frame: 1, textPosition: 1 } as const;
/** Also what has no version at all. Not `$ne`: two versions that run at the same time would undo each other's work. */
const isBehind = { indexVersion: { $not: { $gte: searchIndexVersion } } };
/** Of the indexes that those of querySearch and latestAnswers have replaced. */
const formerIndexes = ["session_1_grams_1", "session_1_answerTo_1"] as const;

/** What a document holds to be found by. */
export function indexedText(text: string): Pick<MessageDocument, "grams" | "indexVersion"> {
  return { grams: gramsOf(text), indexVersion: searchIndexVersion };
}

/** Brings the search index up to its version, beside everything else that the store does. */
export class SearchIndexing {
  readonly #collections: Collections;
  #hasIndexes = false;
  #isBehind = true;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** Whether the last step left something. Before the first one nobody knows what an earlier version has left. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Resolves with whether more is left. */
  async step(): Promise<boolean> {
    if (!this.#hasIndexes) await createIndexes(this.#collections);
    this.#hasIndexes = true;
    const { documents, isAll } = await findBehind(this.#collections);
    for (const [session, found] of Map.groupBy(documents, (document) => document.session)) {
      await reindex(this.#collections, session, found);
    }
    this.#isBehind = !isAll;
    return this.#isBehind;
  }
}

/** Not on open: for a large collection it takes minutes, and recording must not wait for it. */
async function createIndexes({ messages }: Collections): Promise<void> {
  // querySearch: the messages of the user's sessions that have a gram, latest first.
  await messages.createIndex({ session: 1, grams: 1, position: -1 });
  // latestAnswers: the replies to a message of a context, latest first.
  await messages.createIndex({ session: 1, answerTo: 1, position: -1 });
  // findBehind: what an earlier version has indexed.
  await messages.createIndex({ indexVersion: 1 });
  for (const name of formerIndexes) {
    await messages.dropIndex(name).catch((error: unknown) => {
      if (!isNoSuchIndex(error)) throw error;
    });
  }
}

async function findBehind({ messages }: Collections): Promise<{ documents: Found[]; isAll: boolean }> {
  const documents: Found[] = [];
  let bytes = 0;
  const found = messages.find(isBehind, { projection, limit: limits.reindexMessages + 1, batchSize: 10 });
  for await (const document of found) {
    if (documents.length >= limits.reindexMessages || bytes >= limits.reindexBytes) {
      return { documents, isAll: false };
    }
    documents.push(document);
    bytes += Buffer.byteLength(JSON.stringify(document.frame));
  }
  return { documents, isAll: true };
}

async function reindex(
  collections: Collections,
  session: string,
  documents: readonly Found[],
): Promise<void> {
  const messages = await foldSessionRows(collections, session, documents.map(toMessageRow));
  // What was deleted, by itself or with the session, has no text: nothing of it comes back into the index.
  const texts = new Map(messages.map(({ id, message, deletedAt }) => [id, deletedAt ? "" : message]));
  const operations = documents.map(({ _id, position, textPosition }) => ({
    updateOne: {
      // Whoever has written another text meanwhile has indexed it, too.
      filter: { _id, position, textPosition },
      update: { $set: indexedText(texts.get(_id) ?? "") },
    },
  }));
  await collections.messages.bulkWrite(operations, { ordered: false });
}
