import { limits, type RpcQuestion, type SessionPlace } from "@natter/protocol";
import { toSessionEntry, type SessionRow } from "../../message-pages.ts";
import { SessionListing, type ListedSession } from "../../session-list-page.ts";
import type { SessionListPage } from "../../store.ts";
import type { Collections, MemberDocument } from "./collections.ts";
import { queryLastMessage } from "./message-queries.ts";
import { detailsOf, toSessionRow } from "./session-documents.ts";

/** Sessions that are looked at in one go: each takes two look-ups of its own. */
const sessionStep = 10;

export async function querySessions(
  collections: Collections,
  { userId, limit, archived, after }: RpcQuestion<"sessions">,
): Promise<SessionListPage> {
  const members = await collections.members.find({ user: userId, joined: true, archived }).toArray();
  const listing = new SessionListing(limit);
  for (const pinned of [true, false]) {
    if (listing.isEnded || (after && pinned && !after.pinned)) continue;
    const some = members.filter((member) => member.pinned === pinned);
    await addSessions(collections, some, { listing, after: after?.pinned === pinned ? after : undefined });
  }
  return listing.page();
}

/** Adds the sessions of these members that are not deleted, last activity first. */
async function addSessions(
  collections: Collections,
  members: readonly MemberDocument[],
  { listing, after }: { readonly listing: SessionListing; readonly after: SessionPlace | undefined },
): Promise<void> {
  const bySession = new Map(members.map((member) => [member.session, member]));
  const found = collections.sessions.find(
    { _id: { $in: [...bySession.keys()] }, ...(after ? beyond(after) : {}) },
    { sort: { activity: -1, _id: -1 }, limit: limits.sessionListLooks + 1 },
  );
  let step: Promise<ListedSession | undefined>[] = [];
  const addStep = async (): Promise<void> => {
    for (const listed of await Promise.all(step)) if (listed) listing.add(listed);
    step = [];
  };
  for await (const session of found) {
    const row = toSessionRow(session);
    const { sessionId, activity } = row;
    const member = bySession.get(sessionId);
    if (!member) continue;
    const place = { pinned: member.pinned, activity, sessionId };
    if (!listing.look(place)) break;
    step.push(toListed(collections, row, { member, place }));
    if (step.length === sessionStep) await addStep();
  }
  await addStep();
}

function beyond({ activity, sessionId }: SessionPlace): object {
  return { $or: [{ activity: { $lt: activity } }, { activity, _id: { $lt: sessionId } }] };
}

async function toListed(
  collections: Collections,
  row: SessionRow,
  { member, place }: { readonly member: MemberDocument; readonly place: SessionPlace },
): Promise<ListedSession | undefined> {
  const details = await detailsOf(collections, row);
  if (details.deleted) return undefined;
  const { user: userId, pinned, archived } = member;
  const last = await queryLastMessage(collections, row.sessionId);
  return { entry: toSessionEntry(row, details, { userId, pinned, archived }, last), place };
}
