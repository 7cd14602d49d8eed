/** Removes what a deleted session held. */
import { positionKey, subjects } from "@natter/protocol";
import { deletionOf } from "../../message-pages.ts";
import { keyLength, positionOfKey } from "../../position-keys.ts";
import type { BetweenSteps, Purge, Purged } from "../../store.ts";
import type { Database } from "./database.ts";
import { readAmendments, readSession } from "./session-rows.ts";

/** Messages that go in one transaction: recording and answers wait for no more than that. */
const stepMessages = 100;
/** What was done to messages is removed apart: one message can have any number of reactions that were taken back. */
const stepAmendments = 1_000;
const stepMembers = 1_000;
/** Somebody who reads keeps the write-ahead log as it is, with the text that was deleted. */
const checkpointTries = 10;

export function readPendingPurges(database: Database, limit: number): Purge[] {
  return database
    .all<{ session_id: string; position: string; round: number }>(
      "select session_id, position, round from purges where done = 0 order by position limit ?",
      limit,
    )
    .map(({ session_id: sessionId, position, round }) => ({
      sessionId,
      position: positionOfKey(position),
      round,
    }));
}

export async function purgeSession(
  database: Database,
  { sessionId, position }: Purge,
  betweenSteps: BetweenSteps,
): Promise<Purged> {
  const session = readSession(database, sessionId);
  const deletion = deletionOf(session, readAmendments(database, sessionId, [""]));
  if (deletion === "") return undefined;
  if (deletion > positionKey(position)) return "unfinished";
  const lastActivity = session?.activity.slice(0, keyLength) ?? "";
  const steps = [
    () => removeAmendments(database, sessionId, deletion) === stepAmendments,
    () => removeMessages(database, sessionId, deletion) === stepMessages,
    () => removeMembers(database, { sessionId, deletion, lastActivity }) === stepMembers,
  ];
  for (const step of steps) {
    while (database.write(step)) if (!(await betweenSteps())) return "unfinished";
  }
  database.write(() => removeRest(database, sessionId, deletion));
  for (let tries = 1; !database.checkpoint(); tries++) {
    if (tries === checkpointTries || !(await betweenSteps())) return "unfinished";
  }
  return positionOfKey(deletion);
}

export function endPurge(database: Database, { sessionId, round }: Purge): void {
  database.write(() =>
    database.run("update purges set done = 1 where session_id = ? and round = ?", sessionId, round),
  );
}

/** How many were removed. The session's own stay: a deletion is one of them. */
function removeAmendments(database: Database, sessionId: string, deletion: string): number {
  const rows = database.all<{ number: number }>(
    "select rowid as number from amendments where session_id = ? and target > '' and entry < ? limit ?",
    sessionId,
    deletion,
    stepAmendments,
  );
  for (const { number } of rows) database.run("delete from amendments where rowid = ?", number);
  return rows.length;
}

/** How many messages were removed. */
function removeMessages(database: Database, sessionId: string, deletion: string): number {
  const rows = database.all<{ number: number; id: string }>(
    "select number, id from messages where session_id = ? and position < ? limit ?",
    sessionId,
    deletion,
    stepMessages,
  );
  for (const { number, id } of rows) {
    database.run("delete from search where rowid = ?", number);
    database.run("delete from messages where number = ?", number);
    database.run("delete from amendments where session_id = ? and target = ?", sessionId, id);
  }
  return rows.length;
}

/**
 * How many memberships were removed, with their marks: those of whoever did nothing after the deletion. A row that does not
 * say when its user did something last is from before the session's last activity.
 */
function removeMembers(
  database: Database,
  { sessionId, deletion, lastActivity }: { sessionId: string; deletion: string; lastActivity: string },
): number {
  const rows = database.all<{ user_id: string }>(
    `select user_id from members
     where session_id = ? and case acted when '' then ? else acted end <= ? limit ?`,
    sessionId,
    lastActivity,
    deletion,
    stepMembers,
  );
  for (const { user_id: userId } of rows)
    database.run("delete from members where user_id = ? and session_id = ?", userId, sessionId);
  return rows.length;
}

function removeRest(database: Database, sessionId: string, deletion: string): void {
  for (const register of ["title", "system_prompt", "model"]) {
    database.run(
      `update sessions set ${register} = '' where session_id = ? and ${register} < ?`,
      sessionId,
      deletion,
    );
  }
  database.run("update members set read = '' where session_id = ? and read < ?", sessionId, deletion);
  database.run(
    "delete from dead_letters where subject = ? and position < ?",
    subjects.log(sessionId),
    deletion,
  );
}
