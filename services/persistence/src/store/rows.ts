/** What a database keeps, as plain objects. All positions are `positionKey` texts. */
import type { SessionPlace } from "@natter/protocol";
import type { MessageEvent, MessageFact } from "./facts.ts";

/** A stored message or finished reply, as it was recorded. Later edits are registers. */
export interface MessageRow {
  readonly id: string;
  readonly sessionId: string;
  readonly position: string;
  readonly frame: MessageEvent;
  /** Length of `frame` as JSON. */
  readonly frameBytes: number;
}

/** Where a message is. `isDeleted`: its author has deleted it. */
export interface MessagePlace {
  readonly position: string;
  readonly isDeleted: boolean;
}

/** Names a last-writer-wins register: who did what to which message, or to the session (`target` is then empty). */
export interface RegisterKey {
  readonly sessionId: string;
  readonly target: string;
  readonly slot: string;
}

export interface RegisterRow {
  readonly target: string;
  /** A text of `toEntry`, whose value is the whole event. */
  readonly register: string;
}

/** Each field but the id is a register. */
export interface SessionRow {
  readonly sessionId: string;
  readonly first: string;
  readonly activity: string;
  readonly title: string;
  readonly systemPrompt: string;
  readonly model: string;
}

/** A session in somebody's list. */
export interface ListedSessionRow extends SessionRow {
  readonly pinned: boolean;
}

export interface SessionListQuery {
  readonly userId: string;
  readonly archived: boolean;
  readonly after: SessionPlace | undefined;
  readonly limit: number;
}

export interface ReadMarkRow {
  readonly userId: string;
  /** Register of the message and the reader's name. */
  readonly read: string;
}

export interface PromptRow {
  readonly promptId: string;
  /** Register of the message; `noKey` while only the end of the prompt is known. */
  readonly asked: string;
  /** Register of the latest attempt; empty if there is none. */
  readonly start: string;
}

export interface WithdrawalRow {
  readonly target: string;
  readonly position: string;
}

/** A message, and the n-grams by which its text is found. */
export interface IndexedMessage {
  readonly message: MessageFact;
  readonly ngrams: readonly string[];
}

/** The text of a message after an edit, and the position of that edit. */
export interface NewText {
  readonly row: MessageRow;
  readonly position: string;
  readonly ngrams: readonly string[];
}

/** A message whose index entry is of an earlier version. */
export interface OutdatedRow extends MessageRow {
  /** Names the state of the text that was read. The database compares it before it writes a new index entry. */
  readonly revision: string;
}

export interface NewIndexEntry {
  readonly row: OutdatedRow;
  /** `undefined`: the message is not to be found, because it was deleted. */
  readonly ngrams: readonly string[] | undefined;
}

/** How long a search may still look. */
export interface SearchTime {
  readonly leftMs: number;
  readonly isOutOfTime: boolean;
  /** From here on the rest of the time is for another way of searching. */
  readonly isHalfGone: boolean;
}

export interface SearchQuery {
  readonly userId: string;
  /** A message is a candidate if it has all n-grams of one of the sets. The sets are looked up in this order. */
  readonly ngramSets: readonly (readonly string[])[];
  readonly time: SearchTime;
}

/** A message that may have the words of a search. */
export interface Candidate extends MessageRow {
  /** Whether there are registers of it, so that its text may be another one now. */
  readonly isAmended: boolean;
}

/** Some of the candidates, the latest first. */
export interface CandidateRun {
  /** No candidate of the run is later. */
  readonly latest: string;
  readonly candidates: AsyncIterable<Candidate>;
}
