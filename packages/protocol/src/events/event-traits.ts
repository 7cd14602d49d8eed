/** The questions that every event type has to answer: the columns of event-table.ts, and the kinds of event-places.ts. */
import type { DurableType, LogEventOf, MessageEvent, PageMessage } from "../frames/server-frames.ts";

/** Written out in a row, so that no row can leave a column out. */
export type None = undefined;

/** What an event of type `T` means to gateway, worker and persistence. */
export interface EventTraits<T extends DurableType> {
  /**
   * What the author meant, in a fixed order, without what a server added. Two events with one id are the same intent if
   * their bodies are equal. A stored hash depends on it, so the body of an existing type never changes.
   */
  readonly body: (event: LogEventOf<T>) => readonly unknown[];
  /** What has to be there before a gateway appends the event. */
  readonly target: ((event: LogEventOf<T>) => EventTarget) | None;
  /** The id of the user's message that the event wants answered. The event then is a prompt, and its id is the prompt's. */
  readonly asks: ((event: LogEventOf<T>) => string | undefined) | None;
  /** Which earlier prompts end without an answer. */
  readonly withdraws: ((event: LogEventOf<T>) => WithdrawalTarget | undefined) | None;
  /** How far the answer to a prompt is. */
  readonly answers: ((event: LogEventOf<T>) => AttemptStep) | None;
  /** Whether the event moves its session to the top of a list. */
  readonly isActivity: boolean;
  /** The id of the message whose text the event holds, and which its author may delete. */
  readonly contentOf: ((event: LogEventOf<T>) => string) | None;
}

export interface EventTarget {
  /** Of a message or a reply. */
  readonly id: string;
  /** Whether the message has to have its text: its author has not deleted it. */
  readonly needsText: boolean;
}

/** The prompts of one message, or one prompt. With neither: all of the session. */
export interface WithdrawalTarget {
  readonly messageId?: string;
  readonly promptId?: string;
}

export type AttemptStep =
  | { readonly kind: "start"; readonly promptId: string; readonly attempt: number; readonly claim: string }
  | { readonly kind: "end"; readonly promptId: string; readonly attempt: number };

/** A user sets one emoji on a message, or takes it back. */
export interface ReactionChange {
  readonly emoji: string;
  /** Id of the user. */
  readonly user: string;
  readonly on: boolean;
}

/** What a session is called and how it is answered. A field that is not there did not change. */
export interface DetailsChange {
  readonly title?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
}

/** What folds and stores do with an event of type `T`. A new kind does not compile until all of them handle it. */
export type Place<T extends DurableType> =
  | Nowhere
  | MessagePlace<T>
  | RegisterPlace<T>
  | ReactionPlace<T>
  | DetailsPlace<T>
  | ReadMarkPlace<T>
  | SessionEndPlace<T>;

interface Content<T extends DurableType> {
  /** The fields that a deletion removes: the text of `message` becomes empty, the others go. */
  readonly content: readonly (keyof LogEventOf<T> | "editedAt")[];
}

/** Folds keep nothing of the event. */
interface Nowhere {
  readonly kind: "nowhere";
  readonly content: readonly [];
}

/** The event is a message or a reply: an entry of the timeline. Only the types that a page can hold have this place. */
interface MessagePlace<T extends DurableType> extends Content<T> {
  readonly kind: T extends MessageEvent["type"] ? "message" : never;
  readonly isShown: (event: LogEventOf<T>) => boolean;
  /** Whether it makes its user the owner of a session that has none. */
  readonly beginsSession: boolean;
}

/** A last-writer-wins register: of all events with one target and one slot, the latest counts. */
interface Slotted<T extends DurableType> extends Content<T> {
  /** Id of the message that the register belongs to; empty for the session. */
  readonly target: (event: LogEventOf<T>) => string;
  /** Tells the registers of one target and one event type apart. */
  readonly slot: (event: LogEventOf<T>) => readonly string[];
}

/** The event changes a message. */
interface RegisterPlace<T extends DurableType> extends Slotted<T> {
  readonly kind: "register";
  /** Whether a search has to index the message again. */
  readonly changesText: boolean;
  /** Whether the content of the message goes, if the event is the author's. */
  readonly deletesTarget: boolean;
  /** Applies the latest event of one slot to a copy of the message. */
  readonly change: (message: PageMessage, event: LogEventOf<T>) => void;
}

/** The event is counted by folds/reactions.ts. */
interface ReactionPlace<T extends DurableType> extends Slotted<T> {
  readonly kind: "reaction";
  readonly change: (event: LogEventOf<T>) => ReactionChange;
}

/** Each field that is there sets a last-writer-wins register of the session. */
interface DetailsPlace<T extends DurableType> extends Content<T> {
  readonly kind: "details";
  readonly change: (event: LogEventOf<T>) => DetailsChange;
}

/** A last-writer-wins register of the user in the session. */
interface ReadMarkPlace<T extends DurableType> extends Content<T> {
  readonly kind: "read_mark";
  /** The last message that was read. */
  readonly messageId: (event: LogEventOf<T>) => string;
}

/** The first author deletes everything before the event. */
interface SessionEndPlace<T extends DurableType> extends Slotted<T> {
  readonly kind: "session_end";
}
