import { limits } from "@natter/protocol/plain";
import { foldStored } from "../reading/message-folding.ts";
import type { NewIndexEntry, OutdatedRow } from "../store/rows.ts";
import type { RowReader, StoreAdapter } from "../store/store-adapter.ts";
import { ngramsOf } from "./ngrams.ts";

/** Indexes some messages again that an earlier version has indexed. Resolves with whether more are left. */
export function reindexStep(adapter: StoreAdapter): Promise<boolean> {
  return adapter.write(async (rows) => {
    const { outdated, isAll } = await takeOutdated(rows);
    const entries: NewIndexEntry[] = [];
    for (const [sessionId, own] of Map.groupBy(outdated, (row) => row.sessionId)) {
      entries.push(...(await newEntries(rows, sessionId, own)));
    }
    await rows.searchIndex.reindex(entries, isAll);
    return !isAll;
  });
}

async function takeOutdated(rows: RowReader): Promise<{ outdated: OutdatedRow[]; isAll: boolean }> {
  const outdated: OutdatedRow[] = [];
  let bytes = 0;
  for await (const row of rows.searchIndex.outdated(limits.reindexMessages + 1)) {
    if (outdated.length >= limits.reindexMessages || bytes >= limits.reindexBytes) {
      return { outdated, isAll: false };
    }
    outdated.push(row);
    bytes += row.frameBytes;
  }
  return { outdated, isAll: true };
}

/** A message that was deleted, by itself or with its session, does not come back into the index. */
async function newEntries(
  rows: RowReader,
  sessionId: string,
  outdated: readonly OutdatedRow[],
): Promise<NewIndexEntry[]> {
  const messages = await foldStored(rows, sessionId, outdated);
  const texts = new Map(
    messages.flatMap(({ id, message, deletedAt }) => (deletedAt === undefined ? [[id, message]] : [])),
  );
  return outdated.map((row) => {
    const text = texts.get(row.id);
    return { row, ngrams: text === undefined ? undefined : ngramsOf(text) };
  });
}
