import type { LogEvent, PageMessage } from "@natter/protocol";
import { applyToTimeline, createTimeline, messagesOf } from "@natter/protocol/plain";
import { positionOfKey, readEntry } from "../store/position-keys.ts";
import type { MessageRow } from "../store/rows.ts";
import type { RowReader } from "../store/store-adapter.ts";
import { readSessionState, validDeletionsOf, type SessionState } from "./session-state.ts";

/**
 * Messages of one session, each as the later events left it; what was deleted with the session is left out. Ascending.
 *
 * @param reader whose reactions are listed in any case
 */
export function foldMessages(
  rows: readonly MessageRow[],
  state: SessionState,
  reader?: string,
): PageMessage[] {
  const registers = [...state.registers, ...validDeletionsOf(state)];
  return foldRegisters(rows, registers, reader);
}

/** Messages as these registers left them. Ascending. */
export function foldRegisters(
  rows: readonly MessageRow[],
  registers: readonly string[],
  reader?: string,
): PageMessage[] {
  const timeline = createTimeline(reader);
  for (const { frame, position: key } of rows) {
    const position = positionOfKey(key);
    applyToTimeline(timeline, { ...frame, epoch: position.epoch }, position);
  }
  for (const register of registers) {
    const { position, value } = readEntry(register);
    applyToTimeline(timeline, value as LogEvent, position);
  }
  return messagesOf(timeline);
}

/** `foldMessages` with what the store has about these messages. */
export async function foldStored(
  rows: RowReader,
  sessionId: string,
  messages: readonly MessageRow[],
  reader?: string,
): Promise<PageMessage[]> {
  if (messages.length === 0) return [];
  const ids = messages.map(({ id }) => id);
  return foldMessages(messages, await readSessionState(rows, sessionId, ids), reader);
}
