/** Removes what a deleted session held. */
import { positionKey, subjects } from "@natter/protocol";
import { deletionOf } from "../../message-pages.ts";
import { keyLength, noKey, positionOfKey } from "../../position-keys.ts";
import type { BetweenSteps, Purge, Purged } from "../../store.ts";
import type { Collections } from "./collections.ts";
import { readAmendments, readSession } from "./session-documents.ts";

/** Messages that are removed by one command. */
const stepMessages = 500;
/** What was done to messages is removed apart: one message can have any number of reactions. */
const stepAmendments = 1_000;
/** Another name than before: the purges of earlier versions left the memberships. */
const deletionsAreListed = "deletions-are-listed-with-members";

/** Once: a natter of an earlier version recorded deletions and removed nothing, or not all. */
export async function listEarlierDeletions({ amendments, purges, progress }: Collections): Promise<void> {
  if ((await progress.findOne({ _id: deletionsAreListed })) !== null) return;
  for await (const { session: _id, entry } of amendments.find({ target: "" })) {
    const position = entry.slice(0, keyLength);
    const update = { $inc: { round: 1 }, $set: { done: false }, $max: { position } };
    await purges.updateOne({ _id }, update, { upsert: true });
  }
  await progress.updateOne({ _id: deletionsAreListed }, { $set: { position: noKey } }, { upsert: true });
}

export async function readPendingPurges({ purges }: Collections, limit: number): Promise<Purge[]> {
  const found = await purges.find({ done: false }, { sort: { position: 1 }, limit }).toArray();
  return found.map(({ _id: sessionId, position, round }) => ({
    sessionId,
    position: positionOfKey(position),
    round,
  }));
}

export async function purgeSession(
  collections: Collections,
  { sessionId: session, position }: Purge,
  betweenSteps: BetweenSteps,
): Promise<Purged> {
  const { members, deadLetters } = collections;
  const row = await readSession(collections, session);
  const deletion = deletionOf(row, await readAmendments(collections, session, [""]));
  if (deletion === "") return undefined;
  if (deletion > positionKey(position)) return "unfinished";
  const isBefore = { $lt: deletion };
  const steps = [
    async () => (await removeAmendments(collections, session, deletion)) === stepAmendments,
    async () => (await removeMessages(collections, session, deletion)) === stepMessages,
  ];
  for (const step of steps) {
    while (await step()) if (!(await betweenSteps())) return "unfinished";
  }
  await removeDetails(collections, session, deletion);
  await removeMembers(collections, {
    session,
    deletion,
    lastActivity: row?.activity.slice(0, keyLength) ?? "",
  });
  await members.updateMany({ session, read: isBefore }, { $set: { read: "" } });
  await deadLetters.deleteMany({ subject: subjects.log(session), _id: isBefore });
  return positionOfKey(deletion);
}

export async function endPurge({ purges }: Collections, { sessionId: _id, round }: Purge): Promise<void> {
  await purges.updateOne({ _id, round }, { $set: { done: true } });
}

/** How many were removed. The session's own stay: a deletion is one of them. */
async function removeAmendments(
  { amendments }: Collections,
  session: string,
  deletion: string,
): Promise<number> {
  const found = await amendments
    .find(
      { session, target: { $gt: "" }, entry: { $lt: deletion } },
      { projection: { _id: 1 }, limit: stepAmendments },
    )
    .toArray();
  await amendments.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } });
  return found.length;
}

/** How many messages were removed. */
async function removeMessages(
  { messages, amendments }: Collections,
  session: string,
  deletion: string,
): Promise<number> {
  const found = await messages
    .find({ session, position: { $lt: deletion } }, { projection: { _id: 1 }, limit: stepMessages })
    .toArray();
  const ids = found.map(({ _id }) => _id);
  // The messages last: they are what says that there is more to remove.
  await amendments.deleteMany({ session, target: { $in: ids } });
  await messages.deleteMany({ _id: { $in: ids } });
  return ids.length;
}

/**
 * The memberships of whoever did nothing after the deletion, with their marks. A document that does not say when its user did
 * something last is from before the session's last activity.
 */
async function removeMembers(
  { members }: Collections,
  { session, deletion, lastActivity }: { session: string; deletion: string; lastActivity: string },
): Promise<void> {
  await members.deleteMany({ session, acted: { $lte: deletion } });
  if (lastActivity <= deletion) await members.deleteMany({ session, acted: { $exists: false } });
}

async function removeDetails({ sessions }: Collections, _id: string, deletion: string): Promise<void> {
  for (const register of ["title", "systemPrompt", "model"] as const) {
    await sessions.updateOne({ _id, [register]: { $lt: deletion } }, { $set: { [register]: "" } });
  }
}
