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

/** An event of the log at its place. */
export interface RecordedEvent {
  readonly sessionId: string;
  readonly position: Position;
  readonly event: LogEvent;
}

/** An event that cannot be recorded, kept as it came. */
export interface DeadLetter {
  readonly position: Position;
  readonly subject: string;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

/** The store is away or overloaded: the same call may succeed later, and nothing can be said about its effect. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** A database needed more time for a search than the search had. */
export class SearchTimeout extends Error {
  override readonly name = "SearchTimeout";
}

/**
 * Another message holds this (session, epoch, seq): the broker numbers events again that it has numbered
 * before, because it was restored to an earlier state.
 */
export class PositionTaken extends Error {
  override readonly name = "PositionTaken";
}

/** A deletion of a session whose content is still to be removed. */
export interface Purge {
  readonly sessionId: string;
  /** Of the latest `session_deleted`, by whomever. */
  readonly position: Position;
  /** Rises when something is recorded that has to be removed again. */
  readonly round: number;
}

/** Called between two steps of a purge, so that others have their turn. False: the purge ends here. */
export type BetweenSteps = () => Promise<boolean>;

/** Where the deletion is up to which nothing is left, or "unfinished". `undefined`: nothing was to be removed. */
export type Purged = Position | "unfinished" | undefined;

/** A part of the list of sessions. */
export type SessionListPage = RpcResult<"sessions">;
export type RpcTarget = RpcResult<"target">;

export interface HistoryPage {
  readonly messages: PageMessage[];
  readonly hasMore: boolean;
  readonly known: boolean;
  /** The page is of what is before it; unset for the last page. */
  readonly end?: Position;
}

/**
 * The long-term record of all sessions. Two adapters, MongoDB and SQLite; both pass test/store.contract.ts,
 * and that suite is what the words below mean.
 *
 * Every call may reject with StoreUnavailable. Several processes may use one store at the same time.
 * Every `PageMessage` has `seq` and `epoch`.
 */
export interface Store {
  /**
   * Durable once resolved. What the store says afterwards depends only on the set of events that were ever
   * recorded: not on their order, on how often each came, nor on how they were cut into batches. An event that
   * is in the log twice counts at its lowest position.
   *
   * A rejected call may have recorded a part of the batch; recording it again completes it.
   *
   * @throws PositionTaken
   * @throws another error if an event of the batch cannot be stored at all
   */
  record(events: readonly RecordedEvent[]): Promise<void>;

  /**
   * Durable once resolved. A letter is known by its position; keeping it again changes nothing. The latest
   * `limits.deadLetters` stay.
   */
  keepDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
  /** The latest letters first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;

  /** At most `limit` deletions whose content is still to be removed. Each stays listed until `endPurge`. */
  pendingPurges(limit: number): Promise<Purge[]>;
  /**
   * Removes what the session held before the last deletion by its owner: messages, what was done to them, the
   * entries of the search index, title, system prompt, model, read marks and dead letters. Who did nothing in it
   * afterwards is no member any more, and has no marks of it. Receipts and prompts stay: they have no text.
   *
   * To be called when all that is before `position` in the log has been recorded, because only then is it known who
   * the owner is. A later deletion than `position` is left to the purge that is listed for it.
   *
   * @returns "unfinished" if it is to be called again, at the latest by another process; `undefined` if no deletion is by the owner
   */
  purge(purge: Purge, betweenSteps: BetweenSteps): Promise<Purged>;
  /** Nothing is left of it, unless it is in a later round meanwhile. */
  endPurge(purge: Purge): Promise<void>;

  /** The highest position ever recorded. */
  lastPosition(): Promise<Position | undefined>;

  /**
   * The last `limit` messages before the place `end`, or before the message `before`, or the first ones from the place
   * `from` on, ascending. `known: false`: no such message here, these are the last ones.
   */
  history(question: RpcQuestion<"history">): Promise<HistoryPage>;
  /**
   * The pinned ones first, then last activity first. Deleted sessions are not listed, and use up nothing of `limit`. A page that
   * has looked at `limits.sessionListLooks` sessions ends there: it may have fewer than were asked for, or none, and `next`.
   */
  sessions(question: RpcQuestion<"sessions">): Promise<SessionListPage>;
  /**
   * Latest first; only sessions in which the user did something. It ends within the asker's patience, `truncated` if that
   * was before everything was looked at. Neither recording nor another answer waits for it.
   *
   * @throws StoreUnavailable also if too many searches wait for their turn
   */
  search(question: RpcQuestion<"search">): Promise<SearchAnswer>;
  /**
   * Does a part of what is to be done before every search finds what an earlier version has recorded; small, so that recording
   * goes on between two of them. Resolves with whether more is left. Several processes may do it at the same time.
   */
  reindexStep(): Promise<boolean>;
  /** As later events left them, also of a message that is not stored yet. */
  reactions(question: RpcQuestion<"reactions">): Promise<Reaction[]>;
  receipt(eventId: string): Promise<Receipt | undefined>;
  /** Deleted with its session, a message is gone; deleted by its author, it is still there, and `deleted`. */
  target(question: RpcQuestion<"target">): Promise<RpcTarget>;
  /** Earliest first. */
  openPrompts(sessionId: string): Promise<Prompt[]>;
  /** Of all sessions. */
  earliestPrompt(): Promise<Position | undefined>;
  /**
   * The message `messageId` and what was said before it, ascending, each earlier message followed by its latest
   * answer that is no error. Newest first until `textBytes` of text are reached. A message that the store does
   * not have is taken to be later than all it has.
   */
  context(question: RpcQuestion<"context">): Promise<PageMessage[]>;
  details(sessionId: string): Promise<SessionDetails>;
  /** Of each user the latest one that is later than the session's deletion; the latest first, at most `limit`. */
  readMarks(sessionId: string, limit: number): Promise<ReadMark[]>;
  /** Sets the caller's own view of a session. */
  mark(question: RpcQuestion<"mark">): Promise<void>;

  close(): Promise<void>;
}
