/**
 * What a batch of events says, as facts that merge: each has a key and a rule (the first, the latest, or
 * "it happened"), so a store can write them in any order and again. Pure.
 */
import { bodyHashOf } from "@natter/session-log";
import {
  attemptStepOf,
  beginsSession,
  deletesSession,
  detailsIn,
  isActivity,
  isByPerson,
  isReply,
  positionKey,
  promptedMessage,
  readMarkIn,
  registerOf,
  shownMessage,
  slotOf,
  withdrawalOf,
  withdrawalTarget,
  type MessageEvent,
  type Position,
} from "@natter/protocol";
import { larger, noKey, smaller, toEntry, toStartEntry } from "./position-keys.ts";
import type { RecordedEvent } from "./store.ts";

export type { MessageEvent };

/** A message or a finished reply. Of two with one id the one with the lowest position counts. */
export interface MessageFact {
  readonly id: string;
  readonly sessionId: string;
  /** `positionKey` */
  readonly position: string;
  readonly userId: string;
  /** Of a reply: the message that it answers. */
  readonly answerTo: string | undefined;
  readonly frame: MessageEvent;
}

/** What somebody did to a message, or to the session (`target` is then empty). The largest `entry` counts. */
export interface RegisterFact {
  readonly sessionId: string;
  readonly target: string;
  /** Who did what: one register for each. JSON, because users and emoji are other people's text. */
  readonly slot: string;
  /** Whether the text of the target can be another one now. */
  readonly changesText: boolean;
  /** The whole event. */
  readonly entry: string;
}

/** Of `first` the smallest counts, of everything else the largest. */
export interface SessionFact {
  readonly sessionId: string;
  /** Position and user of the first message by a person: who that is owns the session. */
  first: string;
  /** Position and time of the last event that others can see. */
  activity: string;
  title: string;
  systemPrompt: string;
  model: string;
  /** Key of the lowest position; not stored. What is from before a deletion that was purged has to be purged again. */
  earliest: string;
}

/** The latest deletion of a session, by whomever, that the batch holds. */
export interface DeletionFact {
  readonly sessionId: string;
  /** `positionKey` */
  readonly position: string;
}

/** The user did something in the session. The largest counts, of both. */
export interface MemberFact {
  readonly sessionId: string;
  readonly userId: string;
  /** Key of the position of what the user did last. A deletion ends the membership of who did nothing after it. */
  acted: string;
  /** The last message read, and the reader's name. */
  read: string;
}

/** Of `asked` (position and message) the smallest counts, of `start` and `completed` the largest. */
export interface PromptFact {
  readonly promptId: string;
  readonly sessionId: string;
  asked: string;
  start: string;
  completed: 0 | 1;
}

/** A withdrawal of the prompts of a message, of one prompt, or of all. Of an event that came twice the first counts. */
export interface WithdrawalFact {
  readonly eventId: string;
  readonly sessionId: string;
  readonly target: string;
  readonly position: string;
}

/** The first event with this id counts. */
export interface ReceiptFact {
  readonly eventId: string;
  readonly position: string;
  readonly bodyHash: string;
}

export interface Facts {
  readonly messages: MessageFact[];
  readonly registers: RegisterFact[];
  readonly deletions: DeletionFact[];
  readonly sessions: SessionFact[];
  readonly members: MemberFact[];
  readonly prompts: PromptFact[];
  readonly withdrawals: WithdrawalFact[];
  readonly receipts: ReceiptFact[];
  /** Key of the highest position. */
  readonly lastPosition: string;
}

/** Each key at most once, so that a store writes it at most once. */
export function factsOf(events: readonly RecordedEvent[]): Facts {
  const messages = new Map<string, MessageFact>();
  const registers = new Map<string, RegisterFact>();
  const deletions = new Map<string, DeletionFact>();
  const sessions = new Map<string, SessionFact>();
  const members = new Map<string, MemberFact>();
  const prompts = new Map<string, PromptFact>();
  const withdrawals = new Map<string, WithdrawalFact>();
  const receipts = new Map<string, ReceiptFact>();
  let lastPosition = "";
  for (const recorded of events) {
    lastPosition = larger(lastPosition, positionKey(recorded.position));
    keepBest(messages, messageFact(recorded), (fact) => fact.id, isEarlier);
    keepBest(registers, registerFact(recorded), registerKey, (fact, known) => fact.entry > known.entry);
    keepBest(receipts, receiptFact(recorded), (fact) => fact.eventId, isEarlier);
    keepBest(deletions, deletionFact(recorded), (fact) => fact.sessionId, isAfter);
    addSession(sessions, recorded);
    addMember(members, recorded);
    addPrompt(prompts, recorded);
    keepBest(withdrawals, withdrawalFact(recorded), (fact) => fact.eventId, isEarlier);
  }
  return {
    messages: [...messages.values()],
    registers: [...registers.values()],
    deletions: [...deletions.values()],
    sessions: [...sessions.values()],
    members: [...members.values()],
    prompts: [...prompts.values()],
    withdrawals: [...withdrawals.values()],
    receipts: [...receipts.values()],
    lastPosition,
  };
}

const beforeAll: Position = { epoch: "0-0", seq: 0 };

/** The slots that decide about the text of a message by `userId`. */
export function textSlots(userId: string): { edit: string; deletion: string } {
  return { edit: slotOf("message_edited", userId), deletion: slotOf("message_deleted", userId) };
}

function isEarlier(fact: { position: string }, known: { position: string }): boolean {
  return fact.position < known.position;
}

function isAfter(fact: { position: string }, known: { position: string }): boolean {
  return fact.position > known.position;
}

function keepBest<T>(
  facts: Map<string, T>,
  fact: T | undefined,
  keyOf: (fact: T) => string,
  isBetter: (fact: T, known: T) => boolean,
): void {
  if (fact === undefined) return;
  const key = keyOf(fact);
  const known = facts.get(key);
  if (known === undefined || isBetter(fact, known)) facts.set(key, fact);
}

function registerKey(fact: RegisterFact): string {
  return `${fact.sessionId} ${fact.target} ${fact.slot}`;
}

function messageFact({ sessionId, position, event }: RecordedEvent): MessageFact | undefined {
  const frame = shownMessage(event);
  if (!frame) return undefined;
  return {
    id: frame.id,
    sessionId,
    position: positionKey(position),
    userId: frame.user.id,
    answerTo: isReply(frame) ? frame.messageId : undefined,
    frame,
  };
}

function registerFact({ sessionId, position, event }: RecordedEvent): RegisterFact | undefined {
  const register = registerOf(event);
  return register && { sessionId, ...register, entry: toEntry(position, event) };
}

function deletionFact({ sessionId, position, event }: RecordedEvent): DeletionFact | undefined {
  return deletesSession(event) ? { sessionId, position: positionKey(position) } : undefined;
}

function receiptFact({ position, event }: RecordedEvent): ReceiptFact | undefined {
  if (event.clientId === undefined) return undefined;
  return { eventId: event.id, position: positionKey(position), bodyHash: bodyHashOf(event) };
}

function addSession(sessions: Map<string, SessionFact>, { sessionId, position, event }: RecordedEvent): void {
  let fact = sessions.get(sessionId);
  if (!fact) {
    fact = {
      sessionId,
      first: noKey,
      activity: "",
      title: "",
      systemPrompt: "",
      model: "",
      earliest: noKey,
    };
    sessions.set(sessionId, fact);
  }
  fact.earliest = smaller(fact.earliest, positionKey(position));
  if (beginsSession(event)) fact.first = smaller(fact.first, toEntry(position, event.user.id));
  const activityPosition = isActivity(event) ? position : beforeAll;
  fact.activity = larger(fact.activity, toEntry(activityPosition, event.sentAt));
  const details = detailsIn(event);
  for (const field of ["title", "systemPrompt", "model"] as const) {
    const value = details?.[field];
    if (value !== undefined) fact[field] = larger(fact[field], toEntry(position, value));
  }
}

function addMember(members: Map<string, MemberFact>, { sessionId, position, event }: RecordedEvent): void {
  if (!isByPerson(event)) return;
  const key = `${sessionId} ${event.user.id}`;
  let fact = members.get(key);
  if (!fact) {
    fact = { sessionId, userId: event.user.id, acted: "", read: "" };
    members.set(key, fact);
  }
  fact.acted = larger(fact.acted, positionKey(position));
  const messageId = readMarkIn(event);
  if (messageId !== undefined)
    fact.read = larger(fact.read, toEntry(position, { messageId, name: event.user.name }));
}

function addPrompt(prompts: Map<string, PromptFact>, { sessionId, position, event }: RecordedEvent): void {
  const messageId = promptedMessage(event);
  const step = attemptStepOf(event);
  if (messageId === undefined && !step) return;
  const promptId = step?.promptId ?? event.id;
  const key = `${sessionId} ${promptId}`;
  let fact = prompts.get(key);
  if (!fact) {
    fact = { promptId, sessionId, asked: noKey, start: "", completed: 0 };
    prompts.set(key, fact);
  }
  if (messageId !== undefined) fact.asked = smaller(fact.asked, toEntry(position, messageId));
  else if (step?.kind === "start") fact.start = larger(fact.start, toStartEntry(position, step));
  else fact.completed = 1;
}

function withdrawalFact({ sessionId, position, event }: RecordedEvent): WithdrawalFact | undefined {
  const withdrawal = withdrawalOf(event, position);
  if (!withdrawal) return undefined;
  const target = withdrawalTarget(withdrawal);
  return { eventId: event.id, sessionId, target, position: positionKey(position) };
}
