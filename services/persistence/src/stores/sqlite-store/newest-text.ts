import { textSlots } from "../../facts.ts";
import { newestOf, type MessageRow } from "../../message-pages.ts";
import type { Database } from "./database.ts";

/** The text that search has to find; `undefined` once the author has deleted the message. */
export function newestText(database: Database, row: MessageRow): string | undefined {
  const slots = textSlots(row.frame.user.id);
  const amendments = database.all<{ entry: string }>(
    "select entry from amendments where session_id = ? and target = ? and slot in (?, ?)",
    row.sessionId,
    row.id,
    slots.edit,
    slots.deletion,
  );
  return newestOf(
    row,
    amendments.map(({ entry }) => entry),
  ).text;
}
