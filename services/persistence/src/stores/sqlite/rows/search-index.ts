import { limits } from "@natter/protocol/plain";
import { searchIndexVersion } from "../../../search/ngrams.ts";
import { noKey } from "../../../store/position-keys.ts";
import type {
  Candidate,
  CandidateRun,
  NewIndexEntry,
  OutdatedRow,
  SearchQuery,
  SearchTime,
} from "../../../store/rows.ts";
import type { SearchIndexReader, SearchIndexWriter } from "../../../store/store-adapter.ts";
import type { Statements } from "../database/statements.ts";
import { messageColumns, toMessageRow, type MessageColumns } from "./messages.ts";
import { ownMessages, type MessageNumber } from "./own-messages.ts";
import { putIndexEntry, toMatch } from "./index-entries.ts";

interface StateColumns {
  readonly version: number;
  /** Messages up to this number are in the index as an earlier version has put them there. */
  readonly numbersLeft: number;
}

/** Messages whose index entries are read in one go: some 20 ms at most, since nothing can interrupt SQLite in between. */
const numbersPerStep = 50_000;

/** The index of all users' messages. */
export class SqliteSearchIndex implements SearchIndexReader, SearchIndexWriter {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** On open: what an earlier version has indexed is to be indexed again. */
  prepare(): void {
    if (this.#state()?.version === searchIndexVersion) return;
    this.#statements.run("delete from search_index");
    this.#statements.run(
      "insert into search_index (version, numbers_left) select ?, coalesce(max(number), 0) from messages",
      searchIndexVersion,
    );
  }

  /**
   * Where too many messages of all users match, most of them of others, the caller's own messages are looked at instead,
   * one after another: so those of others never take the place of the caller's.
   */
  async *candidates({ userId, ngramSets, time }: SearchQuery): AsyncGenerator<CandidateRun> {
    const runs = this.#matchesOfAll(userId, ngramSets, time) ?? [ownMessages(this.#statements, userId)];
    for (const run of runs) yield { latest: noKey, candidates: this.#candidatesOf(run) };
  }

  async isBehind(): Promise<boolean> {
    return (this.#state()?.numbersLeft ?? 0) > 0;
  }

  /** The latest first. */
  async *outdated(limit: number): AsyncGenerator<OutdatedRow> {
    const found = this.#statements.iterate<MessageColumns>(
      `select ${messageColumns} from messages where number <= ? order by number desc limit ?`,
      this.#state()?.numbersLeft ?? 0,
      limit,
    );
    // In one transaction with the new entries, so the text stays as it was read.
    for (const columns of found) yield { ...toMessageRow(columns), revision: "" };
  }

  async reindex(entries: readonly NewIndexEntry[], isAll: boolean): Promise<void> {
    let lowest = this.#state()?.numbersLeft ?? 0;
    for (const { row, ngrams } of entries) {
      const [found] = this.#statements.all<{ number: number }>(
        "select number from messages where id = ?",
        row.id,
      );
      if (found === undefined) continue;
      lowest = Math.min(lowest, found.number - 1);
      putIndexEntry(this.#statements, found.number, ngrams);
    }
    const numbersLeft = isAll ? 0 : lowest;
    const sql = "update search_index set numbers_left = ?1 where numbers_left <> ?1";
    this.#statements.run(sql, numbersLeft);
  }

  /** `undefined`: there are too many. */
  #matchesOfAll(
    userId: string,
    ngramSets: SearchQuery["ngramSets"],
    time: SearchTime,
  ): MessageNumber[][] | undefined {
    const found: MessageNumber[][] = [];
    for (const ngrams of ngramSets) {
      const matches = this.#matches(userId, toMatch(ngrams), time);
      if (!matches) return undefined;
      found.push(matches);
    }
    return found;
  }

  /** The caller's messages that match, the latest first. */
  #matches(userId: string, match: string, time: SearchTime): MessageNumber[] | undefined {
    const last = this.#statements.all<{ number: number | null }>(
      "select max(number) as number from messages",
    );
    let found: MessageNumber[] = [];
    for (let end = last[0]?.number ?? 0; end > 0; end -= numbersPerStep) {
      if (time.isHalfGone) return undefined;
      const some = this.#statements.all<MessageNumber>(
        `select m.number, m.position from search cross join messages m on m.number = search.rowid
         where search match ? and search.rowid > ? and search.rowid <= ? and exists (
           select 1 from members u where u.user_id = ? and u.session_id = m.session_id and u.joined = 1
         ) limit ?`,
        match,
        end - numbersPerStep,
        end,
        userId,
        limits.searchCandidates + 1 - found.length,
      );
      found = found.concat(some);
      if (found.length > limits.searchCandidates) return undefined;
    }
    return found.sort((left, right) => (left.position < right.position ? 1 : -1));
  }

  /** A frame is read when its turn comes: all of them would be too much. */
  async *#candidatesOf(run: Iterable<MessageNumber>): AsyncGenerator<Candidate> {
    for (const { number } of run) {
      const [columns] = this.#statements.all<MessageColumns & { isAmended: number }>(
        `select ${messageColumns}, exists (
           select 1 from amendments a where a.session_id = messages.session_id and a.target = messages.id
         ) as isAmended from messages where number = ?`,
        number,
      );
      if (columns) yield { ...toMessageRow(columns), isAmended: columns.isAmended === 1 };
    }
  }

  #state(): StateColumns | undefined {
    const sql = "select version, numbers_left as numbersLeft from search_index";
    return this.#statements.all<StateColumns>(sql)[0];
  }
}
