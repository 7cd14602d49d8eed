/**
 * The port to a database: it keeps rows and finds them, and decides nothing. Everything that an answer means is made of
 * these rows in reading/, search/ and writing/, once for all databases.
 *
 * Every call may reject with StoreUnavailable. Every `put` may come twice and in any order: rows merge by the rules of
 * `facts.ts`.
 */
import type { Receipt, RpcQuestion, SearchAnswer } from "@natter/protocol";
import type { RegisterFact, Facts } from "./facts.ts";
import type {
  CandidateRun,
  IndexedMessage,
  ListedSessionRow,
  MessagePlace,
  MessageRow,
  NewIndexEntry,
  NewText,
  OutdatedRow,
  PromptRow,
  ReadMarkRow,
  RegisterKey,
  RegisterRow,
  SearchQuery,
  SessionListQuery,
  SessionRow,
  WithdrawalRow,
} from "./rows.ts";
import type { DeadLetter, Purge } from "./store.ts";

export interface MessageReader {
  /** Latest first, before the key `end`. "questions" are neither answers nor deleted. */
  before(range: {
    readonly sessionId: string;
    readonly end: string;
    readonly limit: number;
    readonly only?: "undeleted" | "questions";
  }): AsyncIterable<MessageRow>;
  /** Earliest first, from the key `start` on. */
  from(range: {
    readonly sessionId: string;
    readonly start: string;
    readonly limit: number;
  }): AsyncIterable<MessageRow>;
  byIds(ids: readonly string[]): Promise<MessageRow[]>;
  place(sessionId: string, id: string): Promise<MessagePlace | undefined>;
  /** For each of the messages its latest reply that has not been deleted and is a context answer (`isContextAnswer`). */
  latestAnswers(sessionId: string, messageIds: readonly string[]): Promise<MessageRow[]>;
  hasQuestionAfter(sessionId: string, position: string): Promise<boolean>;
}

export interface MessageWriter {
  /** @throws PositionTaken */
  put(messages: readonly IndexedMessage[]): Promise<void>;
  /** Changes nothing if the message has a later text, or another position. */
  putText(text: NewText): Promise<void>;
  /** The message is deleted by its author: `row.frame` replaces the frame, and no search finds the message any more. */
  clear(row: MessageRow): Promise<void>;
  /** A step of a purge, with all registers of the messages. Resolves with whether more is left. */
  removeBefore(sessionId: string, position: string): Promise<boolean>;
}

export interface RegisterReader {
  /** Of the messages and, with the target "", of the session. Without reactions that were taken back. */
  ofTargets(sessionId: string, targets: readonly string[]): Promise<RegisterRow[]>;
  byKeys(keys: readonly RegisterKey[]): Promise<RegisterRow[]>;
}

export interface RegisterWriter {
  put(facts: readonly RegisterFact[]): Promise<void>;
  remove(key: RegisterKey): Promise<void>;
  /** A step of a purge. The session's own registers stay. Resolves with whether more is left. */
  removeBefore(sessionId: string, position: string): Promise<boolean>;
}

export interface SessionReader {
  byId(sessionId: string): Promise<SessionRow | undefined>;
  /** Those in which the user did something, the pinned ones first, then last activity first. */
  ofUser(query: SessionListQuery): AsyncIterable<ListedSessionRow>;
  /** The latest first. */
  readMarks(sessionId: string, limit: number): Promise<ReadMarkRow[]>;
}

export interface SessionWriter {
  put(facts: Pick<Facts, "sessions" | "members">): Promise<void>;
  mark(question: RpcQuestion<"mark">): Promise<void>;
  /**
   * A step of a purge: members who did nothing after `position`. A row that does not say when its user did something
   * last is from before `lastActivity`. Resolves with whether more is left.
   */
  removeMembersBefore(members: {
    readonly sessionId: string;
    readonly position: string;
    readonly lastActivity: string;
  }): Promise<boolean>;
  /** Title, system prompt, model and read marks from before `position`. */
  removeDetailsBefore(sessionId: string, position: string): Promise<void>;
}

export interface PromptReader {
  byId(sessionId: string, promptId: string): Promise<PromptRow | undefined>;
  /** Earliest first. */
  open(sessionId: string): Promise<PromptRow[]>;
  /** Of all sessions. */
  earliestOpen(): Promise<PromptRow | undefined>;
  withdrawals(sessionId: string, targets: readonly string[], after: string): Promise<WithdrawalRow[]>;
}

export interface PromptWriter {
  put(facts: Pick<Facts, "prompts" | "withdrawals">): Promise<void>;
}

/** What the recorder and the purger need to go on. */
export interface LedgerReader {
  lastPosition(): Promise<string | undefined>;
  receipt(eventId: string): Promise<Receipt | undefined>;
  /** The latest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** The earliest first. */
  pendingPurges(limit: number): Promise<Purge[]>;
}

export interface LedgerWriter {
  putLastPosition(position: string): Promise<void>;
  putReceipts(facts: Facts["receipts"]): Promise<void>;
  /** Lists the deletions to be purged, and once more those of sessions that got an event from before their deletion. */
  putDeletions(facts: Pick<Facts, "deletions" | "sessions">): Promise<void>;
  /** Does nothing if the purge is in a later round. */
  endPurge(purge: Purge): Promise<void>;
  /** Removes the earliest ones beyond `maxKept`. */
  putDeadLetters(letters: readonly DeadLetter[], maxKept: number): Promise<void>;
  removeDeadLettersBefore(subject: string, position: string): Promise<void>;
}

export interface SearchIndexReader {
  /** Ends with SearchTimeout if the database takes longer than there is time. */
  candidates(query: SearchQuery): AsyncIterable<CandidateRun>;
  /** Whether entries of an earlier version may be left, which can lack what a search looks for. */
  isBehind(): Promise<boolean>;
  outdated(limit: number): AsyncIterable<OutdatedRow>;
}

export interface SearchIndexWriter {
  /** `isAll`: nothing outdated is left. */
  reindex(entries: readonly NewIndexEntry[], isAll: boolean): Promise<void>;
}

export interface RowReader {
  readonly messages: MessageReader;
  readonly registers: RegisterReader;
  readonly sessions: SessionReader;
  readonly prompts: PromptReader;
  readonly ledger: LedgerReader;
  readonly searchIndex: SearchIndexReader;
}

export interface RowWriter {
  readonly messages: MessageReader & MessageWriter;
  readonly registers: RegisterReader & RegisterWriter;
  readonly sessions: SessionReader & SessionWriter;
  readonly prompts: PromptReader & PromptWriter;
  readonly ledger: LedgerReader & LedgerWriter;
  readonly searchIndex: SearchIndexReader & SearchIndexWriter;
}

export interface StoreAdapter {
  /**
   * SQLite reads one state of the file. MongoDB has no such thing here: a later read may see more than an earlier one.
   * `work` waits for nothing but these rows, since SQLite has one reader or writer at a time.
   */
  read<T>(work: (rows: RowReader) => Promise<T>): Promise<T>;
  /**
   * SQLite writes all of it or nothing. In MongoDB each call stands alone and may be the last one, so `work` is repeated
   * after a failure and must complete what the first try has left.
   */
  write<T>(work: (rows: RowWriter) => Promise<T>): Promise<T>;
  /** Searches with a budget of `budgetMs`, so that recording and other answers do not wait for it. */
  search(question: RpcQuestion<"search">, budgetMs: number): Promise<SearchAnswer>;
  readonly maxSearches: number;
  /** Whether nothing that was removed can be read from the files of the database. False: somebody reads from them now. */
  overwriteRemoved(): Promise<boolean>;
  /** Ends a search that runs. */
  close(): Promise<void>;
}
