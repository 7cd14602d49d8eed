/**
 * Which prompts of a session are open, folded from its events. Events may come in any order and more than once. The result
 * depends on their positions alone.
 *
 * A prompt is open until its `ai_complete` is in the log. A stop only withdraws it.
 */
import { defined } from "../defined.ts";
import { attemptStepOf, promptedMessage, withdrawalOf } from "../events/event-meaning.ts";
import type { LogEvent } from "../frames/server-frames.ts";
import { comparePositions, type Position } from "../position.ts";
import { Withdrawals } from "./withdrawals.ts";

export interface Prompt {
  readonly promptId: string;
  /** The user's message to answer. */
  readonly messageId: string;
  readonly position: Position;
  /** The highest attempt in the log; 0 if no attempt has started. */
  readonly attempt: number;
  /** The fencing token of that attempt. */
  readonly claim?: string;
  /** Something later than the prompt withdrew it: a worker completes it as `stopped`, without the model. */
  readonly closed: boolean;
  /** The session was deleted after the prompt, so its `ai_complete` has no text. Then `closed` is true, too. */
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
  /** Withdrawn by an event before the fold began: the store knows it. */
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

export function applyToPrompts(state: PromptState, event: LogEvent, position: Position): void {
  const withdrawal = withdrawalOf(event, position);
  if (withdrawal) state.withdrawals.add(event.id, withdrawal);
  const messageId = promptedMessage(event);
  if (messageId !== undefined) addPrompt(state, event.id, { messageId, position });
  const step = attemptStepOf(event);
  if (step?.kind === "start") {
    addStart(state, step.promptId, { attempt: step.attempt, claim: step.claim, position });
  } else if (step?.kind === "end") recordOf(state, step.promptId).completed = true;
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
    ...defined({ claim: start?.claim, deleted: deleted ? (true as const) : undefined }),
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

/** The highest attempt counts. Of two claims of one attempt the first counts. */
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
