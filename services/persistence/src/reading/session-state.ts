import { larger, keyLength, noKey, readEntry } from "../store/position-keys.ts";
import type { SessionRow } from "../store/rows.ts";
import type { RowReader } from "../store/store-adapter.ts";
import { mayDeleteSession, type LogEvent } from "@natter/protocol";

/** What decides how rows of one session are read: the session's row, and what was done to it and to some of its messages. */
export interface SessionState {
  readonly row: SessionRow | undefined;
  /** Deletions of the session, of each user the latest one. */
  readonly deletions: readonly string[];
  /** Registers of the messages. */
  readonly registers: readonly string[];
}

/** @param row if it was read already */
export async function readSessionState(
  rows: RowReader,
  sessionId: string,
  messageIds: readonly string[] = [],
  row?: SessionRow,
): Promise<SessionState> {
  const [session, registers] = await Promise.all([
    row ?? rows.sessions.byId(sessionId),
    rows.registers.ofTargets(sessionId, ["", ...messageIds]),
  ]);
  const textsOf = (isOfSession: boolean): string[] =>
    registers.filter(({ target }) => (target === "") === isOfSession).map(({ register }) => register);
  return { row: session, deletions: textsOf(true), registers: textsOf(false) };
}

/** Who wrote the session's first message owns it. */
export function firstAuthorOf({ row }: Pick<SessionState, "row">): string | undefined {
  return row === undefined || row.first === noKey ? undefined : (readEntry(row.first).value as string);
}

/** The deletions that count: only the owner may delete a session, and who that is may be learnt after the deletion. */
export function validDeletionsOf(state: SessionState): readonly string[] {
  const firstAuthor = firstAuthorOf(state);
  return state.deletions.filter((register) =>
    mayDeleteSession((readEntry(register).value as LogEvent).user.id, firstAuthor, "refused"),
  );
}

/** Key of the position at which the owner deleted the session last; empty if it was not. */
export function deletionOf(state: SessionState): string {
  return validDeletionsOf(state).reduce((last, register) => larger(last, register.slice(0, keyLength)), "");
}
