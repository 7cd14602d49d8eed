import { setImmediate } from "node:timers/promises";
import { toSearchWords, type RpcQuestion, type SearchAnswer } from "@natter/protocol";
import { titleOf, type MessageRow } from "../../message-pages.ts";
import { keyLength } from "../../position-keys.ts";
import type { SearchBudget } from "../../search-budget.ts";
import { gramsOfWords, longGramsOfWords } from "../../search-grams.ts";
import { SearchHits } from "../../search-hits.ts";
import type { Collections } from "./collections.ts";
import { isOutOfTime } from "./mongo-errors.ts";
import type { SearchIndexing } from "./search-index.ts";
import { foldSessionRows, readAmendments, readSession, toMessageRow } from "./session-documents.ts";

interface FoundSession {
  readonly sessionId: string;
  /** Of its last message. */
  readonly lastPosition: string;
}

interface Parts {
  readonly collections: Collections;
  readonly indexing: SearchIndexing;
  readonly budget: SearchBudget;
}

/** A search, and what it has come to. */
interface Search extends Parts {
  readonly hits: SearchHits;
}

/** Sessions of the first query: few enough for MongoDB to merge their messages from the index, as many as most people have. */
const groupSessions = 100;
/** Each query is about more of them. It has to sort, which takes long only for words that the first ones have often enough. */
const groupGrowth = 10;
/** Documents that the server sends at a time. */
const batchSize = 25;
/** What a query gets of the server even if the time is over: on a busy one, the latest messages are found all the same. */
const leastMs = 100;
/** Texts that are compared before others of this process have a turn, in UTF-16 units. */
const turnLength = 65_536;
const projection = { _id: 1, session: 1, position: 1, frame: 1 } as const;

/** Sessions with the latest messages first, in groups: what the time does not suffice for is what lies back. */
export async function querySearch(
  parts: Parts,
  { userId, query, limit }: RpcQuestion<"search">,
): Promise<SearchAnswer> {
  const words = toSearchWords(query);
  const hits = new SearchHits(words, limit);
  if (words.length === 0) return hits.answer(false);
  const search = { ...parts, hits };
  try {
    const sessions = await latestSessions(search, userId);
    // The long ones last: one is seldom what is looked for and takes the longest to compare.
    for (const grams of [gramsOfWords(words), longGramsOfWords(words)]) {
      if (!(await searchSessions(search, sessions, grams))) return hits.answer(true);
    }
    return hits.answer(!hits.isFull && parts.indexing.isBehind);
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
    return hits.answer(true);
  }
}

/** Those of the user, the one with the latest message first. */
async function latestSessions({ collections, budget }: Search, user: string): Promise<FoundSession[]> {
  const members = await collections.members
    .find({ user, joined: true }, { projection: { session: 1 }, maxTimeMS: timeLeft(budget) })
    .toArray();
  const sessions = await collections.sessions
    .find(
      { _id: { $in: members.map(({ session }) => session) } },
      { projection: { activity: 1 }, maxTimeMS: timeLeft(budget) },
    )
    .toArray();
  return sessions
    .map(({ _id: sessionId, activity }) => ({ sessionId, lastPosition: activity.slice(0, keyLength) }))
    .sort((left, right) => (left.lastPosition < right.lastPosition ? 1 : -1));
}

/** Whether the budget sufficed. */
async function searchSessions(
  search: Search,
  sessions: readonly FoundSession[],
  grams: readonly string[],
): Promise<boolean> {
  let [start, size] = [0, groupSessions];
  while (start < sessions.length) {
    const group = sessions.slice(start, start + size);
    if (!search.hits.hasPlaceFor(group[0]?.lastPosition ?? "")) break;
    if (start > 0 && search.budget.isOutOfTime) return false;
    if (!(await searchGroup(search, group, grams))) return false;
    start += size;
    size *= groupGrowth;
  }
  return true;
}

/** Whether the budget sufficed. */
async function searchGroup(
  search: Search,
  group: readonly FoundSession[],
  grams: readonly string[],
): Promise<boolean> {
  const { collections, budget, hits } = search;
  const found = collections.messages.find(
    { session: { $in: group.map(({ sessionId }) => sessionId) }, grams: { $all: [...grams] } },
    { projection, batchSize, sort: { position: -1 }, allowDiskUse: true, maxTimeMS: timeLeft(budget) },
  );
  let rows: MessageRow[] = [];
  let isEnough = true;
  for await (const document of found) {
    if (!hits.hasPlaceFor(document.position)) break;
    isEnough = budget.take();
    if (!isEnough) break;
    rows.push(toMessageRow(document));
    if (rows.length < batchSize) continue;
    await compare(search, rows);
    rows = [];
  }
  await compare(search, rows);
  return isEnough;
}

/** Adds those of the messages to the hits whose newest text has the words. */
async function compare({ collections, hits }: Search, rows: readonly MessageRow[]): Promise<void> {
  if (rows.length === 0) return;
  const target = { $in: rows.map(({ id }) => id) };
  const session = { $in: [...new Set(rows.map(({ sessionId }) => sessionId))] };
  const amendments = await collections.amendments
    .find({ session, target }, { projection: { target: 1 } })
    .toArray();
  const amended = new Set(amendments.map((amendment) => amendment.target));
  const possible: MessageRow[] = [];
  let length = 0;
  for (const row of rows) {
    length += row.frame.message.length;
    if (length > turnLength) await setImmediate();
    if (length > turnLength) length = 0;
    // Most candidates end here, before anything else is read of them.
    if (amended.has(row.id) || hits.matches(row.frame.message)) possible.push(row);
  }
  for (const [sessionId, own] of Map.groupBy(possible, (row) => row.sessionId)) {
    const [messages, found, done] = await Promise.all([
      foldSessionRows(collections, sessionId, own),
      readSession(collections, sessionId),
      readAmendments(collections, sessionId, [""]),
    ]);
    const title = titleOf(found, done);
    const positions = new Map(own.map(({ id, position }) => [id, position]));
    for (const message of messages) {
      const position = positions.get(message.id);
      if (position === undefined || message.deletedAt !== undefined) continue;
      if (hits.matches(message.message)) hits.add({ sessionId, position, message, ...title });
    }
  }
}

/** For `maxTimeMS`. */
function timeLeft(budget: SearchBudget): number {
  return Math.max(leastMs, Math.ceil(budget.leftMs));
}
