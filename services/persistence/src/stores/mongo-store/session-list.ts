import type { RpcQuestion, SessionPlace } from "@natter/protocol";
import { toSessionEntry } from "../../message-pages.ts";
import { toListPage, type ListedSession } from "../../session-list-page.ts";
import type { SessionListPage } from "../../store.ts";
import type { Collections, MemberDocument, SessionDocument } from "./collections.ts";
import { queryLastMessage } from "./message-queries.ts";
import { detailsOf, toSessionRow } from "./session-documents.ts";

/** Sessions that are looked at in one go: each takes two look-ups of its own. */
const sessionStep = 10;

export async function querySessions(
  collections: Collections,
  { userId, limit, archived, after }: RpcQuestion<"sessions">,
): Promise<SessionListPage> {
  const members = await collections.members.find({ user: userId, joined: true, archived }).toArray();
  const listed: ListedSession[] = [];
  for (const pinned of [true, false]) {
    if (after && pinned && !after.pinned) continue;
    const some = members.filter((member) => member.pinned === pinned);
    // One more than is asked for tells whether there are more.
    for await (const step of stepsOf(collections, some, after?.pinned === pinned ? after : undefined)) {
      listed.push(...step);
      if (listed.length > limit) break;
    }
    if (listed.length > limit) break;
  }
  return toListPage(listed, limit);
}

/** The sessions of these members that are not deleted, last activity first. */
async function* stepsOf(
  collections: Collections,
  members: readonly MemberDocument[],
  after: SessionPlace | undefined,
): AsyncGenerator<readonly ListedSession[]> {
  const bySession = new Map(members.map((member) => [member.session, member]));
  const found = collections.sessions.find(
    { _id: { $in: [...bySession.keys()] }, ...(after ? beyond(after) : {}) },
    { sort: { activity: -1, _id: -1 } },
  );
  let step: SessionDocument[] = [];
  const listStep = async (): Promise<ListedSession[]> => {
    const listed = await Promise.all(step.map((session) => toListed(collections, session, bySession)));
    step = [];
    return listed.filter((one) => one !== undefined);
  };
  for await (const session of found) {
    step.push(session);
    if (step.length === sessionStep) yield await listStep();
  }
  yield await listStep();
}

function beyond({ activity, sessionId }: SessionPlace): object {
  return { $or: [{ activity: { $lt: activity } }, { activity, _id: { $lt: sessionId } }] };
}

async function toListed(
  collections: Collections,
  session: SessionDocument,
  members: ReadonlyMap<string, MemberDocument>,
): Promise<ListedSession | undefined> {
  const row = toSessionRow(session);
  const { sessionId, activity } = row;
  const member = members.get(sessionId);
  const details = await detailsOf(collections, row);
  if (!member || details.deleted) return undefined;
  const { user: userId, pinned, archived } = member;
  const last = await queryLastMessage(collections, sessionId);
  return {
    entry: toSessionEntry(row, details, { userId, pinned, archived }, last),
    place: { pinned, activity, sessionId },
  };
}
