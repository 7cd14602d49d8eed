import { type Position, type Prompt, type ReadMark, type RpcQuestion } from "@natter/protocol";
import { closerTargetsOfAll, toPrompts, toReadMarks } from "../../message-pages.ts";
import { keyLength, noKey, positionOfKey } from "../../position-keys.ts";
import type { Collections } from "./collections.ts";
import { memberId, readAmendments, readSession } from "./session-documents.ts";

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
