import type { Collection } from "mongodb";
import { searchIndexVersion } from "../../search/ngrams.ts";
import { keyLength } from "../../store/position-keys.ts";
import type {
  Candidate,
  CandidateRun,
  MessageRow,
  NewIndexEntry,
  OutdatedRow,
  SearchQuery,
  SearchTime,
} from "../../store/rows.ts";
import type { SearchIndexReader, SearchIndexWriter } from "../../store/store-adapter.ts";
import { SearchTimeout } from "../../store/store.ts";
import type { Collections, MessageDocument } from "./collections.ts";
import { indexFields, messageFields, toMessageRow } from "./messages.ts";
import { isNoSuchIndex, isOutOfTime } from "./mongo-errors.ts";

interface FoundSession {
  readonly sessionId: string;
  /** Of its last message. */
  readonly lastPosition: string;
}

/** Sessions of the first query: few enough for MongoDB to merge their messages from the index, as many as most people have. */
const firstGroupSessions = 100;
/** Each query is about more of them. It has to sort, which takes long only for words that the first ones have often enough. */
const groupGrowth = 10;
/** Documents that the server sends at a time. */
const batchSize = 25;
/** What a query gets of the server even if the time is over: on a busy one, the latest messages are found all the same. */
const minQueryMs = 100;

/** Also what has no version at all. Not `$ne`: two versions that run at the same time would undo each other's work. */
const isOutdated = { indexVersion: { $not: { $gte: searchIndexVersion } } };
/** Of earlier versions. Other indexes have replaced them. */
const formerIndexes = ["session_1_grams_1", "session_1_answerTo_1"] as const;

export class MongoSearchIndex implements SearchIndexReader, SearchIndexWriter {
  readonly #collections: Pick<Collections, "messages" | "registers" | "members" | "sessions">;
  #hasIndexes = false;
  /** Before the first step nobody knows what an earlier version has left. */
  #isBehind = true;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** Sessions with the latest messages first, in groups: what there is no time for are the earliest messages. */
  async *candidates({ userId, ngramSets, time }: SearchQuery): AsyncGenerator<CandidateRun> {
    const sessions = await this.#latestSessions(userId, time).catch(throwTimeout);
    for (const ngrams of ngramSets) {
      let [start, size] = [0, firstGroupSessions];
      while (start < sessions.length) {
        const group = sessions.slice(start, start + size);
        const latest = group[0]?.lastPosition ?? "";
        yield { latest, candidates: this.#candidatesIn(group, { ngrams, time, isFirst: start === 0 }) };
        start += size;
        size *= groupGrowth;
      }
    }
  }

  async isBehind(): Promise<boolean> {
    return this.#isBehind;
  }

  async *outdated(limit: number): AsyncGenerator<OutdatedRow> {
    const { messages } = this.#collections;
    // Not on open: for a large collection it takes minutes, and recording must not wait for it.
    if (!this.#hasIndexes) await createIndexes(messages);
    this.#hasIndexes = true;
    const projection = { ...messageFields, textPosition: 1 };
    for await (const document of messages.find(isOutdated, { projection, limit, batchSize: 10 })) {
      yield { ...toMessageRow(document), revision: document.textPosition };
    }
  }

  async reindex(entries: readonly NewIndexEntry[], isAll: boolean): Promise<void> {
    const operations = entries.map(({ row, ngrams }) => ({
      updateOne: {
        // Whoever has written another text meanwhile has indexed it, too.
        filter: { _id: row.id, position: row.position, textPosition: row.revision },
        update: { $set: indexFields(ngrams ?? []) },
      },
    }));
    if (operations.length > 0) await this.#collections.messages.bulkWrite(operations, { ordered: false });
    this.#isBehind = !isAll;
  }

  /** Those of the user, the one with the latest message first. */
  async #latestSessions(user: string, time: SearchTime): Promise<FoundSession[]> {
    const members = await this.#collections.members
      .find({ user, joined: true }, { projection: { session: 1 }, maxTimeMS: queryMs(time) })
      .toArray();
    const sessions = await this.#collections.sessions
      .find(
        { _id: { $in: members.map(({ session }) => session) } },
        { projection: { activity: 1 }, maxTimeMS: queryMs(time) },
      )
      .toArray();
    return sessions
      .map(({ _id: sessionId, activity }) => ({ sessionId, lastPosition: activity.slice(0, keyLength) }))
      .sort((left, right) => (left.lastPosition < right.lastPosition ? 1 : -1));
  }

  async *#candidatesIn(
    group: readonly FoundSession[],
    query: { readonly ngrams: readonly string[]; readonly time: SearchTime; readonly isFirst: boolean },
  ): AsyncGenerator<Candidate> {
    const { ngrams, time, isFirst } = query;
    if (!isFirst && time.isOutOfTime) throw new SearchTimeout("there is no time for the earlier sessions");
    const found = this.#collections.messages.find(
      { session: { $in: group.map(({ sessionId }) => sessionId) }, grams: { $all: [...ngrams] } },
      {
        projection: messageFields,
        batchSize,
        sort: { position: -1 },
        allowDiskUse: true,
        maxTimeMS: queryMs(time),
      },
    );
    try {
      let batch: MessageRow[] = [];
      for await (const document of found) {
        batch.push(toMessageRow(document));
        if (batch.length < batchSize) continue;
        yield* await this.#toCandidates(batch);
        batch = [];
      }
      yield* await this.#toCandidates(batch);
    } catch (error) {
      throwTimeout(error);
    }
  }

  async #toCandidates(rows: readonly MessageRow[]): Promise<Candidate[]> {
    if (rows.length === 0) return [];
    const target = { $in: rows.map(({ id }) => id) };
    const session = { $in: [...new Set(rows.map(({ sessionId }) => sessionId))] };
    const registers = await this.#collections.registers
      .find({ session, target }, { projection: { target: 1 } })
      .toArray();
    const amended = new Set(registers.map((register) => register.target));
    return rows.map((row) => ({ ...row, isAmended: amended.has(row.id) }));
  }
}

async function createIndexes(messages: Collection<MessageDocument>): Promise<void> {
  // `candidates`: the messages of the user's sessions that have an n-gram, latest first.
  await messages.createIndex({ session: 1, grams: 1, position: -1 });
  // `latestAnswers`: the replies to a message of a context, latest first.
  await messages.createIndex({ session: 1, answerTo: 1, position: -1 });
  // `outdated`: what an earlier version has indexed.
  await messages.createIndex({ indexVersion: 1 });
  for (const name of formerIndexes) {
    await messages.dropIndex(name).catch((error: unknown) => {
      if (!isNoSuchIndex(error)) throw error;
    });
  }
}

/** For `maxTimeMS`. */
function queryMs(time: SearchTime): number {
  return Math.max(minQueryMs, Math.ceil(time.leftMs));
}

function throwTimeout(error: unknown): never {
  if (!isOutOfTime(error)) throw error;
  throw new SearchTimeout("MongoDB needed longer than there was time", { cause: error });
}
