import { setImmediate } from "node:timers/promises";
import type { RpcQuestion, SearchAnswer } from "@natter/protocol";
import { toSearchWords } from "@natter/protocol/plain";
import { foldMessages } from "../reading/message-folding.ts";
import { titleOf } from "../reading/session-details.ts";
import { readSessionState } from "../reading/session-state.ts";
import type { CandidateRun, MessageRow } from "../store/rows.ts";
import type { RowReader } from "../store/store-adapter.ts";
import { SearchTimeout } from "../store/store.ts";
import { longNgramsOfWords, ngramsOfWords } from "./ngrams.ts";
import type { SearchBudget } from "./search-budget.ts";
import { SearchHits } from "./search-hits.ts";

/** A search, and what it has found so far. */
interface Search {
  readonly rows: RowReader;
  readonly hits: SearchHits;
  readonly budget: SearchBudget;
}

/** Number of messages whose sessions and registers are read together. */
const messagesPerStep = 25;
/** Amount of text that is compared before other work of this process gets its turn, in UTF-16 units. */
const unitsPerTurn = 65_536;

export async function search(
  rows: RowReader,
  { userId, query, limit }: RpcQuestion<"search">,
  budget: SearchBudget,
): Promise<SearchAnswer> {
  const words = toSearchWords(query);
  const hits = new SearchHits(words, limit);
  if (words.length === 0) return hits.answer(false);
  // Long texts come last: they are rarely the wanted ones, and their comparison takes longest.
  const ngramSets = [ngramsOfWords(words), longNgramsOfWords(words)];
  try {
    for await (const run of rows.searchIndex.candidates({ userId, ngramSets, time: budget })) {
      if (!hits.hasPlaceFor(run.latest)) continue;
      if (!(await lookThrough({ rows, hits, budget }, run))) return hits.answer(true);
    }
    return hits.answer(!hits.isFull && (await rows.searchIndex.isBehind()));
  } catch (error) {
    if (!(error instanceof SearchTimeout)) throw error;
    return hits.answer(true);
  }
}

/** Whether the budget was enough for the run. */
async function lookThrough(found: Search, { candidates }: CandidateRun): Promise<boolean> {
  const { hits, budget } = found;
  let possible: MessageRow[] = [];
  let units = 0;
  let isEnough = true;
  for await (const candidate of candidates) {
    if (!hits.hasPlaceFor(candidate.position)) break;
    isEnough = budget.take();
    if (!isEnough) break;
    const text = candidate.frame.message;
    units += text.length;
    if (units > unitsPerTurn) {
      units = 0;
      await setImmediate();
    }
    // Most candidates end here, before anything else is read for them.
    if (!candidate.isAmended && !hits.matches(text)) continue;
    possible.push(candidate);
    if (possible.length < messagesPerStep) continue;
    await addHits(found, possible);
    possible = [];
  }
  await addHits(found, possible);
  return isEnough;
}

/** Adds the messages whose newest text has the words. */
async function addHits({ rows, hits }: Search, possible: readonly MessageRow[]): Promise<void> {
  for (const [sessionId, own] of Map.groupBy(possible, (row) => row.sessionId)) {
    const ids = own.map(({ id }) => id);
    const state = await readSessionState(rows, sessionId, ids);
    const positions = new Map(own.map(({ id, position }) => [id, position]));
    for (const message of foldMessages(own, state)) {
      const position = positions.get(message.id);
      if (position === undefined || message.deletedAt !== undefined) continue;
      if (hits.matches(message.message)) hits.add({ sessionId, position, message, ...titleOf(state) });
    }
  }
}
