import type { ReadMark } from "@natter/protocol";
import { keyLength, readEntry } from "../store/position-keys.ts";
import type { RowReader } from "../store/store-adapter.ts";
import { deletionOf, readSessionState } from "./session-state.ts";

/** The latest first. Marks from before the session's deletion are gone with it. */
export async function readReadMarks(rows: RowReader, sessionId: string, limit: number): Promise<ReadMark[]> {
  const [marks, state] = await Promise.all([
    rows.sessions.readMarks(sessionId, limit),
    readSessionState(rows, sessionId),
  ]);
  const deletion = deletionOf(state);
  return marks.flatMap(({ userId, read }) => {
    if (read.slice(0, keyLength) <= deletion) return [];
    const { messageId, name } = readEntry(read).value as { messageId?: string; name?: string };
    // A mark of an earlier version has no name. It is recorded again when its reader reads on.
    return messageId === undefined || name === undefined ? [] : [{ user: { id: userId, name }, messageId }];
  });
}
