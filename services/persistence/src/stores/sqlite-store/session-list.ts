import type { RpcQuestion } from "@natter/protocol";
import { toSessionEntry } from "../../message-pages.ts";
import { toListPage, type ListedSession } from "../../session-list-page.ts";
import type { SessionListPage } from "../../store.ts";
import type { Database } from "./database.ts";
import { queryLastMessage } from "./message-queries.ts";
import { readDetails, readSession } from "./session-rows.ts";

interface ListColumns {
  readonly session_id: string;
  readonly pinned: number;
}

/** Before every entry: no `pinned` is larger than 1. */
const beginning = [2, "", ""] as const;

export function querySessions(
  database: Database,
  { userId, limit, archived, after }: RpcQuestion<"sessions">,
): SessionListPage {
  const start = after ? [Number(after.pinned), after.activity, after.sessionId] : beginning;
  const found = database.iterate<ListColumns>(
    `select u.session_id, u.pinned from members u
     join sessions s on s.session_id = u.session_id
     where u.user_id = ? and u.joined = 1 and u.archived = ?
       and (u.pinned, s.activity, s.session_id) < (?, ?, ?)
     order by u.pinned desc, s.activity desc, s.session_id desc`,
    userId,
    Number(archived),
    ...start,
  );
  const listed: ListedSession[] = [];
  for (const { session_id: sessionId, pinned } of found) {
    const row = readSession(database, sessionId);
    const details = readDetails(database, sessionId);
    if (!row || details.deleted) continue;
    const asker = { userId, pinned: pinned === 1, archived };
    listed.push({
      entry: toSessionEntry(row, details, asker, queryLastMessage(database, sessionId)),
      place: { pinned: asker.pinned, activity: row.activity, sessionId },
    });
    if (listed.length > limit) break;
  }
  return toListPage(listed, limit);
}
