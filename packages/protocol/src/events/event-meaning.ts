/** What one event means, read from its rows in event-table.ts and event-places.ts. Pure. */
import { aiUser } from "../frames/ai-user.ts";
import { eventTypeIn } from "../frames/frame-bytes.ts";
import type { DurableType, LogEvent, MessageEvent } from "../frames/server-frames.ts";
import type { Position } from "../position.ts";
import { eventPlaces } from "./event-places.ts";
import { eventTable } from "./event-table.ts";
import type {
  AttemptStep,
  DetailsChange,
  EventTarget,
  EventTraits,
  Place,
  ReactionChange,
  WithdrawalTarget,
} from "./event-traits.ts";

/** A later natter may have written events of types that are not known here. They change nothing. */
const foreignEvent: EventTraits<DurableType> = {
  body: ({ type }) => [type],
  target: undefined,
  asks: undefined,
  withdraws: undefined,
  answers: undefined,
  isActivity: false,
  contentOf: undefined,
};

export function traitsOf({ type }: Pick<LogEvent, "type">): EventTraits<DurableType> {
  // A row is given only events of its own type.
  return Object.hasOwn(eventTable, type) ? eventTable[type] : foreignEvent;
}

export function placeOf({ type }: Pick<LogEvent, "type">): Place<DurableType> {
  return Object.hasOwn(eventPlaces, type) ? eventPlaces[type] : { kind: "nowhere", content: [] };
}

/** For bytes of the log that begin with their type, without parsing them. */
export function traitsIn(bytes: Uint8Array): EventTraits<DurableType> {
  return traitsOf({ type: eventTypeIn(bytes) as DurableType });
}

export function placeIn(bytes: Uint8Array): Place<DurableType> {
  return placeOf({ type: eventTypeIn(bytes) as DurableType });
}

/** What identity hashes: see `EventTraits.body`. */
export function bodyOf(event: LogEvent): readonly unknown[] {
  return traitsOf(event).body(event);
}

/** The message or reply that the event needs; `undefined` if it needs none. */
export function targetOf(event: LogEvent): EventTarget | undefined {
  return traitsOf(event).target?.(event);
}

/** The message that `event` wants answered; `undefined` if it asks for nothing. */
export function promptedMessage(event: LogEvent): string | undefined {
  return traitsOf(event).asks?.(event);
}

/** Withdraws the prompts before its position. */
export interface Withdrawal extends WithdrawalTarget {
  readonly position: Position;
}

/** What `event` withdraws; `undefined` if nothing. */
export function withdrawalOf(event: LogEvent, position: Position): Withdrawal | undefined {
  const target = withdrawnBy(event);
  return target && { position, ...target };
}

/** The same without a position, for an event that is not in the log yet. */
export function withdrawnBy(event: LogEvent): WithdrawalTarget | undefined {
  return traitsOf(event).withdraws?.(event);
}

/** The step that `event` takes in answering a prompt; `undefined` if it is none. */
export function attemptStepOf(event: LogEvent): AttemptStep | undefined {
  return traitsOf(event).answers?.(event);
}

/** The event itself if it is a message or a reply that people see; `undefined` for every other event. */
export function shownMessage(event: LogEvent): MessageEvent | undefined {
  const place = placeOf(event);
  return place.kind === "message" && place.isShown(event) ? (event as MessageEvent) : undefined;
}

export function isReply<M extends MessageEvent>(message: M): message is Extract<M, { type: "ai_complete" }> {
  return message.type === "ai_complete";
}

/**
 * The one rule of which replies a model gets as context: those with a text, unless they failed. A reply without a text (stopped
 * before its first word, or out of tokens while the model reasoned) must not replace an earlier whole one. The stores' queries
 * state the same rule, and the store's contract test compares both.
 */
export function isContextAnswer<M extends MessageEvent>(
  message: M,
): message is Extract<M, { type: "ai_complete" }> {
  return isReply(message) && message.finishReason !== "error" && message.message !== "";
}

/** A last-writer-wins register: of the events with one target and slot, the one at the latest position counts. */
export interface Register {
  /** Id of a message; empty for the session itself. */
  readonly target: string;
  /** JSON, because the ids and emoji in it are text that people chose. Stores keep it. */
  readonly slot: string;
  /** Whether the text of the target may be another one now. */
  readonly changesText: boolean;
}

/** The register that `event` sets; `undefined` if it sets none. */
export function registerOf(event: LogEvent): Register | undefined {
  const place = placeOf(event);
  switch (place.kind) {
    case "register":
    case "reaction":
    case "session_end":
      return {
        target: place.target(event),
        slot: slotOf(event.type, ...place.slot(event)),
        changesText: place.kind === "register" && place.changesText,
      };
    case "nowhere":
    case "message":
    case "details":
    case "read_mark":
      return undefined;
  }
}

export function slotOf(type: DurableType, ...parts: readonly string[]): string {
  return JSON.stringify([type, ...parts]);
}

/** What `event` does to the reactions of a message; `undefined` if it is no reaction. */
export function reactionIn(event: LogEvent): (ReactionChange & { readonly messageId: string }) | undefined {
  const place = placeOf(event);
  if (place.kind !== "reaction") return undefined;
  return { ...place.change(event), messageId: place.target(event) };
}

/** The message whose content `event` removes, if the user of the event wrote that message. */
export function deletedMessage(event: LogEvent): string | undefined {
  const place = placeOf(event);
  return place.kind === "register" && place.deletesTarget ? place.target(event) : undefined;
}

/** Whether `event` deletes the session, if its user may (`mayDeleteSession`). */
export function deletesSession(event: Pick<LogEvent, "type">): boolean {
  return placeOf(event).kind === "session_end";
}

/** Title, system prompt and model that `event` sets; `undefined` if it is not about them. */
export function detailsIn(event: LogEvent): DetailsChange | undefined {
  const place = placeOf(event);
  return place.kind === "details" ? place.change(event) : undefined;
}

/** The last message that the user of `event` has read; `undefined` if it is no read mark. */
export function readMarkIn(event: LogEvent): string | undefined {
  const place = placeOf(event);
  return place.kind === "read_mark" ? place.messageId(event) : undefined;
}

/** Whether `event` moves its session to the top of a list. Only messages and replies do. */
export function isActivity(event: LogEvent): boolean {
  return traitsOf(event).isActivity;
}

/** What is left of an event, or of a message of a page, once its message or its session was deleted. */
export function withoutContent<E extends LogEvent>(event: E): E {
  const content: readonly string[] = placeOf(event).content;
  const left: E = { ...event };
  for (const field of content) {
    if (field === "message") Object.assign(left, { message: "" });
    else delete left[field as keyof E];
  }
  return left;
}

/**
 * Whether an event makes its user the owner of a session that has none. Only a message of a person does. A user who was
 * there first and only read, reacted or named the session takes nothing from the person who then writes in it.
 */
export function beginsSession(event: LogEvent): boolean {
  const place = placeOf(event);
  return place.kind === "message" && place.beginsSession && isByPerson(event);
}

/** The model is no author: neither of its replies, nor of the title that it made. */
export function isByPerson(event: LogEvent): boolean {
  return event.user.id !== aiUser.id;
}

/**
 * The one rule of who may delete a session: its first author.
 *
 * @param ifUnknown for a session whose first author is not in what was read. In a part of a log every deletion is
 * "allowed", since the gateway checked the rule before it appended the event. With all of the session known it is "refused".
 */
export function mayDeleteSession(
  userId: string,
  firstAuthor: string | undefined,
  ifUnknown: "allowed" | "refused",
): boolean {
  return firstAuthor === undefined ? ifUnknown === "allowed" : userId === firstAuthor;
}
