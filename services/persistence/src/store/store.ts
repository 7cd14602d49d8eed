import type {
  LogEvent,
  PageMessage,
  Position,
  Prompt,
  Reaction,
  ReadMark,
  Receipt,
  RpcQuestion,
  RpcResult,
  SearchAnswer,
  SessionDetails,
} from "@natter/protocol";

/** An event of the log, with its position. */
export interface RecordedEvent {
  readonly sessionId: string;
  readonly position: Position;
  readonly event: LogEvent;
}

/** An event that cannot be recorded, with its original bytes. */
export interface DeadLetter {
  readonly position: Position;
  readonly subject: string;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

/** The store is unavailable or overloaded. The same call may succeed later. The failed call may have had an effect. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** A search needed more time in the database than it had. */
export class SearchTimeout extends Error {
  override readonly name = "SearchTimeout";
}

/**
 * Another message holds this (session, epoch, seq): the broker was restored to an earlier state, and it gives the same
 * numbers to other events.
 */
export class PositionTaken extends Error {
  override readonly name = "PositionTaken";
}

/** A deletion of a session whose content must still be removed. */
export interface Purge {
  readonly sessionId: string;
  /** Position of the latest `session_deleted`, whoever sent it. */
  readonly position: Position;
  /** Rises when the store records content that must be removed again. */
  readonly round: number;
}

/** Called between two steps of a purge, so that other work gets its turn. If it resolves with false, the purge ends. */
export type BetweenSteps = () => Promise<boolean>;

/** The position of the deletion up to which everything was removed, or "unfinished". `undefined` if there was nothing to remove. */
export type Purged = Position | "unfinished" | undefined;

/** A part of the list of sessions. */
export type SessionListPage = RpcResult<"sessions">;
export type RpcTarget = RpcResult<"target">;

export interface HistoryPage {
  readonly messages: PageMessage[];
  readonly hasMore: boolean;
  readonly known: boolean;
  /** The page holds messages before this position. Unset for the last page. */
  readonly end?: Position;
}

/**
 * The long-term record of all sessions. It has two adapters, MongoDB and SQLite. Both pass `test/contract/store.contract.ts`, which
 * defines the words below.
 *
 * Every call may reject with StoreUnavailable. Several processes may use one store at the same time.
 * Every `PageMessage` has `seq` and `epoch`.
 */
export interface Store {
  /**
   * Durable once resolved. Later answers depend only on the set of all recorded events. Their order, their repeats and their batches
   * have no effect. An event that is in the log twice counts at its lowest position.
   *
   * A rejected call may have recorded a part of the batch. The same call again completes it.
   *
   * @throws PositionTaken
   * @throws another error if an event of the batch cannot be stored at all
   */
  record(events: readonly RecordedEvent[]): Promise<void>;

  /**
   * Durable once resolved. The position identifies a letter, so a repeat changes nothing. The latest `limits.deadLetters` stay.
   */
  keepDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
  /** The latest letters first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;

  /** At most `limit` deletions whose content must still be removed. Each stays in this list until `endPurge`. */
  pendingPurges(limit: number): Promise<Purge[]>;
  /**
   * Removes the content of the session before the last deletion by its owner: messages, their registers, the entries of the search
   * index, title, system prompt, model, read marks and dead letters. A user without a later event is no member any more and loses the
   * marks of the session. Receipts and prompts stay, because they have no text.
   *
   * Call this only when all events before `position` are recorded, because the owner is known only then. A deletion after `position` has
   * a purge of its own.
   *
   * @returns "unfinished" if somebody must call it again, at the latest another process; `undefined` if no deletion is by the owner
   */
  purge(purge: Purge, betweenSteps: BetweenSteps): Promise<Purged>;
  /** Ends the purge, unless a later round has begun meanwhile. */
  endPurge(purge: Purge): Promise<void>;

  /** The highest recorded position. */
  lastPosition(): Promise<Position | undefined>;

  /**
   * The last `limit` messages before the position `end` or before the message `before`, or the first ones from the position `from` on.
   * Ascending. `known: false` if the store does not have the message `before`: then the page is the last one.
   */
  history(question: RpcQuestion<"history">): Promise<HistoryPage>;
  /**
   * Pinned sessions first, then by last activity, latest first. Deleted sessions are not listed and do not count for `limit`. A page
   * examines at most `limits.sessionListLooks` sessions. So it can have fewer entries than requested, or none, and still have `next`.
   */
  sessions(question: RpcQuestion<"sessions">): Promise<SessionListPage>;
  /**
   * Latest first, only in sessions in which the user has an event. The search ends before its deadline. `truncated` if it had not
   * examined everything by then. Neither recording nor another answer waits for a search.
   *
   * @throws StoreUnavailable if too many searches wait as well
   */
  search(question: RpcQuestion<"search">): Promise<SearchAnswer>;
  /**
   * Indexes some messages of an earlier version again. A step is small, so that recording continues between two steps. Resolves with
   * whether more messages are left. Several processes may do this at the same time.
   */
  reindexStep(): Promise<boolean>;
  /** The reactions after all recorded events, even for a message that is not stored yet. */
  reactions(question: RpcQuestion<"reactions">): Promise<Reaction[]>;
  receipt(eventId: string): Promise<Receipt | undefined>;
  /** A message that was deleted with its session does not exist. A message that its author deleted exists and is `deleted`. */
  target(question: RpcQuestion<"target">): Promise<RpcTarget>;
  /** The earliest prompt first. */
  openPrompts(sessionId: string): Promise<Prompt[]>;
  /** The position of the earliest open prompt of all sessions. */
  earliestPrompt(): Promise<Position | undefined>;
  /**
   * The message `messageId` and the messages before it, ascending. Each earlier message is followed by its latest reply without an
   * error. The newest messages count first, until `textBytes` of text are reached. A message that the store does not have counts as
   * later than all stored ones.
   */
  context(question: RpcQuestion<"context">): Promise<PageMessage[]>;
  details(sessionId: string): Promise<SessionDetails>;
  /** The latest read mark of each user after the session's deletion. The latest first, at most `limit`. */
  readMarks(sessionId: string, limit: number): Promise<ReadMark[]>;
  /** Sets the caller's own view of a session. */
  mark(question: RpcQuestion<"mark">): Promise<void>;

  close(): Promise<void>;
}
