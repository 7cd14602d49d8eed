import type { SessionDetails } from "@natter/protocol";
import { cutText, limits } from "@natter/protocol/plain";
import { keyLength, readEntry } from "../store/position-keys.ts";
import type { RowReader } from "../store/store-adapter.ts";
import { deletionOf, firstAuthorOf, readSessionState, type SessionState } from "./session-state.ts";

/** In UTF-16 units. The wire bounds them in characters of Unicode, each of at most two units. */
const maxDetailUnits = {
  title: 2 * limits.titleLength,
  systemPrompt: 2 * limits.systemPromptLength,
  model: 2 * limits.modelLength,
} as const;

type DetailName = keyof typeof maxDetailUnits;

export async function readDetails(rows: RowReader, sessionId: string): Promise<SessionDetails> {
  return detailsOf(rows, await readSessionState(rows, sessionId));
}

/** Empty for a session without a row. A person's message after the last deletion begins the session again. */
export async function detailsOf(rows: RowReader, state: SessionState): Promise<SessionDetails> {
  if (!state.row) return {};
  const deletion = deletionOf(state);
  const isDeleted = deletion !== "" && !(await rows.messages.hasQuestionAfter(state.row.sessionId, deletion));
  const firstAuthor = firstAuthorOf(state);
  return {
    ...titleOf(state),
    ...detailOf(state, "systemPrompt"),
    ...detailOf(state, "model"),
    ...(firstAuthor === undefined ? {} : { firstAuthor }),
    ...(isDeleted ? { deleted: true } : {}),
  };
}

export function titleOf(state: SessionState): { title?: string } {
  return detailOf(state, "title");
}

/** Without what is from before a deletion, also while it waits for its purge. */
function detailOf<N extends DetailName>(state: SessionState, name: N): { [K in N]?: string } {
  const register = state.row?.[name] ?? "";
  if (register.slice(0, keyLength) <= deletionOf(state)) return {};
  const value = cutText(readEntry(register).value as string, maxDetailUnits[name]);
  return { [name]: value } as { [K in N]?: string };
}
