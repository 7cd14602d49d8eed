import type { PageMessage, RpcQuestion, SessionDetails, SessionEntry } from "@natter/protocol";
import { cutText, defined, isReply, limits, mayDeleteSession } from "@natter/protocol/plain";
import { noKey, readEntry } from "../store/position-keys.ts";
import type { ListedSessionRow, MessageRow } from "../store/rows.ts";
import type { RowReader } from "../store/store-adapter.ts";
import type { SessionListPage } from "../store/store.ts";
import { foldMessages } from "./message-folding.ts";
import { detailsOf } from "./session-details.ts";
import { SessionListing, type ListedSession } from "./session-listing.ts";
import { readSessionState } from "./session-state.ts";

type Question = RpcQuestion<"sessions">;

/** A list shows a line of the last message; all of it could be half a megabyte. */
const previewUnits = 200;
/** Sessions whose details are read in one go. */
const sessionsPerStep = 10;

export async function readSessions(rows: RowReader, question: Question): Promise<SessionListPage> {
  const { userId, limit, archived, after } = question;
  const found = rows.sessions.ofUser({ userId, archived, after, limit: limits.sessionListLooks + 1 });
  const listing = new SessionListing(limit);
  let step: Promise<ListedSession | undefined>[] = [];
  const addStep = async (): Promise<void> => {
    for (const listed of await Promise.all(step)) if (listed) listing.add(listed);
    step = [];
  };
  for await (const row of found) {
    const { pinned, activity, sessionId } = row;
    if (!listing.look({ pinned, activity, sessionId })) break;
    step.push(toListed(rows, row, question));
    if (step.length >= Math.min(sessionsPerStep, listing.missing)) await addStep();
  }
  await addStep();
  return listing.page();
}

/** `undefined` for a deleted session. */
async function toListed(
  rows: RowReader,
  row: ListedSessionRow,
  { userId, archived }: Question,
): Promise<ListedSession | undefined> {
  const { sessionId, activity, pinned } = row;
  const last = await readLastMessage(rows, sessionId);
  const state = await readSessionState(rows, sessionId, last ? [last.id] : [], row);
  const details = await detailsOf(rows, state);
  if (details.deleted) return undefined;
  const [lastMessage] = last ? foldMessages([last], state) : [];
  const entry = toEntry(row, details, lastMessage, { userId, archived });
  return { entry, place: { pinned, activity, sessionId } };
}

async function readLastMessage(rows: RowReader, sessionId: string): Promise<MessageRow | undefined> {
  const found = rows.messages.before({ sessionId, end: noKey, limit: 1, only: "undeleted" });
  for await (const row of found) return row;
  return undefined;
}

function toEntry(
  { sessionId, activity, pinned }: ListedSessionRow,
  { title, firstAuthor }: SessionDetails,
  last: PageMessage | undefined,
  asked: { readonly userId: string; readonly archived: boolean },
): SessionEntry {
  const lastMessage = last && {
    id: last.id,
    message: cutText(last.message, previewUnits),
    is_user: !isReply(last) && last.is_user,
    user: { id: last.user.id, name: cutText(last.user.name, limits.userNameLength) },
  };
  return {
    sessionId,
    ...defined({ title }),
    lastActivity: readEntry(activity).value as string,
    ...defined({ lastMessage }),
    pinned,
    archived: asked.archived,
    canDelete: mayDeleteSession(asked.userId, firstAuthor, "refused"),
  };
}
