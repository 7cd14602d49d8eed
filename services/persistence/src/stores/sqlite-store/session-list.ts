import { limits, type RpcQuestion } from "@natter/protocol";
import { toSessionEntry } from "../../message-pages.ts";
import { SessionListing } from "../../session-list-page.ts";
import type { SessionListPage } from "../../store.ts";
import type { Database } from "./database.ts";
import { queryLastMessage } from "./message-queries.ts";
import { detailsOf, toSessionRow, type SessionColumns } from "./session-rows.ts";

interface ListColumns extends SessionColumns {
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
    `select s.*, u.pinned from members u
     join sessions s on s.session_id = u.session_id
     where u.user_id = ? and u.joined = 1 and u.archived = ?
       and (u.pinned, s.activity, s.session_id) < (?, ?, ?)
     order by u.pinned desc, s.activity desc, s.session_id desc limit ?`,
    userId,
    Number(archived),
    ...start,
    limits.sessionListLooks + 1,
  );
  const listing = new SessionListing(limit);
  for (const columns of found) {
    const row = toSessionRow(columns);
    const { sessionId, activity } = row;
    const asker = { userId, pinned: columns.pinned === 1, archived };
    const place = { pinned: asker.pinned, activity, sessionId };
    if (!listing.look(place)) break;
    const details = detailsOf(database, row);
    if (details.deleted) continue;
    listing.add({ entry: toSessionEntry(row, details, asker, queryLastMessage(database, sessionId)), place });
  }
  return listing.page();
}
