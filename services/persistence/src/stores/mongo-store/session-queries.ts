import {
  type Position,
  type Prompt,
  type ReadMark,
  type RpcQuestion,
  type SessionDetails,
  type SessionEntry,
} from "@natter/protocol";
import {
  closerTargetsOfAll,
  isSessionDeleted,
  toDetails,
  toPrompts,
  toReadMarks,
  toSessionEntry,
} from "../../message-pages.ts";
import { keyLength, noKey, positionOfKey } from "../../position-keys.ts";
import type { Collections, MemberDocument, SessionDocument } from "./collections.ts";
import { queryLastMessage } from "./message-queries.ts";
import { memberId, readAmendments, readSession, toSessionRow } from "./session-documents.ts";

/** Sessions that are looked at in one go: each takes two look-ups of its own. */
const sessionStep = 10;

export async function querySessions(
  collections: Collections,
  { userId, limit, archived }: RpcQuestion<"sessions">,
): Promise<SessionEntry[]> {
  const members = await collections.members.find({ user: userId, joined: true, archived }).toArray();
  const bySession = new Map(members.map((member) => [member.session, member]));
  const found = collections.sessions.find(
    { _id: { $in: [...bySession.keys()] } },
    { sort: { activity: -1 } },
  );
  const entries: SessionEntry[] = [];
  let step: SessionDocument[] = [];
  const addStep = async (): Promise<void> => {
    const added = await Promise.all(step.map((session) => toEntry(collections, session, bySession)));
    entries.push(...added.filter((entry) => entry !== undefined));
    step = [];
  };
  for await (const session of found) {
    step.push(session);
    if (step.length === sessionStep) await addStep();
    if (entries.length >= limit) break;
  }
  await addStep();
  return entries.slice(0, limit);
}

async function toEntry(
  collections: Collections,
  session: SessionDocument,
  members: ReadonlyMap<string, MemberDocument>,
): Promise<SessionEntry | undefined> {
  const row = toSessionRow(session);
  const member = members.get(row.sessionId);
  if (!member || isSessionDeleted(row, await readAmendments(collections, row.sessionId, [""])))
    return undefined;
  const { user: userId, pinned, archived } = member;
  return toSessionEntry(
    row,
    { userId, pinned, archived },
    await queryLastMessage(collections, row.sessionId),
  );
}

export async function queryOpenPrompts(collections: Collections, session: string): Promise<Prompt[]> {
  const rows = await collections.prompts
    .find({ session, completed: 0, asked: { $lt: noKey } }, { sort: { asked: 1 } })
    .toArray();
  const [earliest] = rows;
  if (!earliest) return [];
  const closers = await collections.closers
    .find(
      {
        session,
        target: { $in: closerTargetsOfAll(rows) },
        position: { $gt: earliest.asked.slice(0, keyLength) },
      },
      { projection: { _id: 0, target: 1, position: 1 } },
    )
    .toArray();
  return toPrompts(rows, closers);
}

export async function queryEarliestPrompt(collections: Collections): Promise<Position | undefined> {
  const row = await collections.prompts.findOne(
    { completed: 0, asked: { $lt: noKey } },
    { sort: { asked: 1 }, projection: { asked: 1 } },
  );
  return row === null ? undefined : positionOfKey(row.asked);
}

export async function queryDetails(collections: Collections, sessionId: string): Promise<SessionDetails> {
  const [row, amendments] = await Promise.all([
    readSession(collections, sessionId),
    readAmendments(collections, sessionId, [""]),
  ]);
  return toDetails(row, amendments);
}

export async function queryReadMarks(
  collections: Collections,
  session: string,
  limit: number,
): Promise<ReadMark[]> {
  const [members, row, amendments] = await Promise.all([
    collections.members
      .find({ session, read: { $gt: "" } }, { sort: { read: -1 }, limit, projection: { user: 1, read: 1 } })
      .toArray(),
    readSession(collections, session),
    readAmendments(collections, session, [""]),
  ]);
  const marks = members.map(({ user: userId, read }) => ({ userId, read }));
  return toReadMarks(marks, row, amendments);
}

export async function markSession(
  collections: Collections,
  { userId: user, sessionId: session, ...marks }: RpcQuestion<"mark">,
): Promise<void> {
  const { pinned, archived } = marks;
  const wanted = {
    ...(pinned === undefined ? {} : { pinned }),
    ...(archived === undefined ? {} : { archived }),
  };
  const others = { user, session, joined: false, read: "", pinned: false, archived: false };
  await collections.members.updateOne(
    { _id: memberId(session, user) },
    { $setOnInsert: others },
    { upsert: true },
  );
  if (Object.keys(wanted).length === 0) return;
  await collections.members.updateOne({ _id: memberId(session, user) }, { $set: wanted });
}
