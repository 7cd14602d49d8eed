/**
 * Which prompts of a session are open, folded from its events. Events may come in any order and more than
 * once; the result depends on their positions alone.
 *
 * A prompt is open until an `ai_complete` for it is in the log, also when a stop has closed it.
 */
import { messageOf, promptOf } from "../frames/identifiers.ts";
import { comparePositions, type Position } from "../position.ts";
import type { LogEvent } from "../frames/server-frames.ts";
import { Withdrawals, type Closer } from "./withdrawals.ts";

export interface Prompt {
  readonly promptId: string;
  /** The user's message that it wants answered. */
  readonly messageId: string;
  readonly position: Position;
  /** Highest attempt that the log has seen, 0 for none, and who claimed it. */
  readonly attempt: number;
  readonly claim?: string;
  /** Something later than the prompt withdrew it: it is completed as `stopped`, without the model. */
  readonly closed: boolean;
  /** The session was deleted after the prompt: its end keeps no text. Then `closed` is true, too. */
  readonly deleted?: true;
}

interface Start {
  readonly attempt: number;
  readonly claim: string | undefined;
  readonly position: Position;
}

interface PromptRecord {
  messageId?: string;
  position?: Position;
  start?: Start;
  /** Closed before the fold began, by what the store knows. */
  closedBefore?: boolean;
  deletedBefore?: boolean;
  completed?: true;
}

type AskedPrompt = PromptRecord & Required<Pick<PromptRecord, "messageId" | "position">>;

export interface PromptState {
  readonly records: Map<string, PromptRecord>;
  readonly withdrawals: Withdrawals;
}

export function createPromptState(known: readonly Prompt[] = []): PromptState {
  const state: PromptState = { records: new Map(), withdrawals: new Withdrawals() };
  for (const prompt of known) {
    const record = recordOf(state, prompt.promptId);
    record.messageId = prompt.messageId;
    record.position = prompt.position;
    record.closedBefore = prompt.closed;
    record.deletedBefore = prompt.deleted === true;
    if (prompt.attempt > 0) {
      record.start = { attempt: prompt.attempt, claim: prompt.claim, position: prompt.position };
    }
  }
  return state;
}

/** The message that `event` wants answered; `undefined` if it asks for nothing. */
export function promptedMessage(event: LogEvent): string | undefined {
  switch (event.type) {
    case "message":
      return event.is_user ? event.id : undefined;
    case "regenerate_requested":
      return messageOf(event.messageId);
    case "message_edited":
      return event.reply ? event.messageId : undefined;
    default:
      return undefined;
  }
}

/** What `event` withdraws; `undefined` if nothing. */
export function closerOf(event: LogEvent, position: Position): Closer | undefined {
  switch (event.type) {
    case "stop_requested": {
      const promptId = promptOf(event.messageId);
      return promptId === undefined ? { position, messageId: event.messageId } : { position, promptId };
    }
    case "message_deleted":
      return { position, messageId: event.messageId };
    case "regenerate_requested":
      return { position, messageId: messageOf(event.messageId) };
    case "message_edited":
      return event.reply ? { position, messageId: event.messageId } : undefined;
    case "session_deleted":
      return { position };
    default:
      return undefined;
  }
}

export function applyToPrompts(state: PromptState, event: LogEvent, position: Position): void {
  const closer = closerOf(event, position);
  if (closer) state.withdrawals.add(event.id, closer);
  const messageId = promptedMessage(event);
  if (messageId !== undefined) addPrompt(state, event.id, { messageId, position });
  else if (event.type === "ai_start")
    addStart(state, event.promptId, { attempt: event.attempt, claim: event.claim, position });
  else if (event.type === "ai_complete") recordOf(state, event.promptId).completed = true;
}

/** The open prompts, earliest first. */
export function openPrompts(state: PromptState): Prompt[] {
  return [...state.records.keys()]
    .map((promptId) => openPrompt(state, promptId))
    .filter((prompt) => prompt !== undefined)
    .sort((left, right) => comparePositions(left.position, right.position));
}

/** The first of `openPrompts`. */
export function earliestPrompt(state: PromptState): Prompt | undefined {
  let earliest: { readonly promptId: string; readonly position: Position } | undefined;
  for (const [promptId, record] of state.records) {
    if (!isOpen(record)) continue;
    const { position } = record;
    if (!earliest || comparePositions(position, earliest.position) < 0) earliest = { promptId, position };
  }
  return earliest && openPrompt(state, earliest.promptId);
}

/** `undefined` if it is not open. */
export function openPrompt(state: PromptState, promptId: string): Prompt | undefined {
  const record = state.records.get(promptId);
  if (!record || !isOpen(record)) return undefined;
  const { messageId, position, start } = record;
  const closed =
    record.closedBefore === true || state.withdrawals.isWithdrawn({ promptId, messageId, position });
  const deleted = record.deletedBefore === true || state.withdrawals.isDeleted({ promptId, position });
  return {
    promptId,
    messageId,
    position,
    attempt: start?.attempt ?? 0,
    closed,
    ...(start?.claim === undefined ? {} : { claim: start.claim }),
    ...(deleted ? { deleted } : {}),
  };
}

/** Whether the log says that `promptId` has its `ai_complete`. */
export function isCompleted(state: PromptState, promptId: string): boolean {
  return state.records.get(promptId)?.completed === true;
}

function isOpen(record: PromptRecord): record is AskedPrompt {
  return !record.completed && record.messageId !== undefined && record.position !== undefined;
}

function addPrompt(
  state: PromptState,
  promptId: string,
  prompt: { messageId: string; position: Position },
): void {
  const record = recordOf(state, promptId);
  // The same event can be in the log twice; the first one counts.
  if (record.position && comparePositions(record.position, prompt.position) <= 0) return;
  record.messageId = prompt.messageId;
  record.position = prompt.position;
}

/** The highest attempt counts; of two claims of one attempt the first. */
function addStart(state: PromptState, promptId: string, start: Start): void {
  const record = recordOf(state, promptId);
  const known = record.start;
  const isLater =
    !known ||
    start.attempt > known.attempt ||
    (start.attempt === known.attempt && comparePositions(start.position, known.position) < 0);
  if (isLater) record.start = start;
}

function recordOf(state: PromptState, promptId: string): PromptRecord {
  let record = state.records.get(promptId);
  if (!record) {
    record = {};
    state.records.set(promptId, record);
  }
  return record;
}
