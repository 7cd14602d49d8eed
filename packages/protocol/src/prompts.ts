/**
 * Which prompts of a session are open, folded from its events. Events may come in any order and more than
 * once; the result depends on their positions alone.
 *
 * A prompt is open until an `ai_complete` for it is in the log, also when a stop has closed it.
 */
import { messageOf, promptOf } from "./identifiers.ts";
import { comparePositions, type Position } from "./position.ts";
import type { LogEvent } from "./server-frames.ts";

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
  completed?: true;
}

/** Withdraws the prompts before it: those of one message, of one reply, or all. */
export interface Closer {
  readonly position: Position;
  readonly messageId?: string;
  readonly promptId?: string;
}

export interface PromptState {
  readonly records: Map<string, PromptRecord>;
  /** By event. An event that is in the log twice closes what was before its first place only. */
  readonly closers: Map<string, Closer>;
}

export function createPromptState(known: readonly Prompt[] = []): PromptState {
  const state: PromptState = { records: new Map(), closers: new Map() };
  for (const prompt of known) {
    const record = recordOf(state, prompt.promptId);
    record.messageId = prompt.messageId;
    record.position = prompt.position;
    record.closedBefore = prompt.closed;
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

/** Whether `closer` withdraws the prompt. Never one that is later than itself: a regenerate after a stop goes on. */
export function closes(
  closer: Closer,
  prompt: { promptId: string; messageId: string; position: Position },
): boolean {
  if (comparePositions(closer.position, prompt.position) <= 0) return false;
  if (closer.promptId !== undefined) return closer.promptId === prompt.promptId;
  return closer.messageId === undefined || closer.messageId === prompt.messageId;
}

export function applyToPrompts(state: PromptState, event: LogEvent, position: Position): void {
  const closer = closerOf(event, position);
  if (closer) addCloser(state, event.id, closer);
  const messageId = promptedMessage(event);
  if (messageId !== undefined) addPrompt(state, event.id, { messageId, position });
  else if (event.type === "ai_start")
    addStart(state, event.promptId, { attempt: event.attempt, claim: event.claim, position });
  else if (event.type === "ai_complete") recordOf(state, event.promptId).completed = true;
}

/** The open prompts, earliest first. */
export function openPrompts(state: PromptState): Prompt[] {
  const open: Prompt[] = [];
  for (const [promptId, record] of state.records) {
    const { messageId, position, start } = record;
    if (record.completed || messageId === undefined || position === undefined) continue;
    const closed =
      record.closedBefore === true ||
      // An edit or a regenerate that is in the log twice does not withdraw itself.
      [...state.closers].some(
        ([id, closer]) => id !== promptId && closes(closer, { promptId, messageId, position }),
      );
    open.push({
      promptId,
      messageId,
      position,
      attempt: start?.attempt ?? 0,
      closed,
      ...(start?.claim === undefined ? {} : { claim: start.claim }),
    });
  }
  return open.sort((left, right) => comparePositions(left.position, right.position));
}

/** Whether the log says that `promptId` has its `ai_complete`. */
export function isCompleted(state: PromptState, promptId: string): boolean {
  return state.records.get(promptId)?.completed === true;
}

function addCloser(state: PromptState, eventId: string, closer: Closer): void {
  const known = state.closers.get(eventId);
  if (!known || comparePositions(closer.position, known.position) < 0) state.closers.set(eventId, closer);
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
