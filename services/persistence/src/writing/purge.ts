import { positionKey, subjects } from "@natter/protocol";
import { deletionOf, readSessionState } from "../reading/session-state.ts";
import { keyLength, positionOfKey } from "../store/position-keys.ts";
import type { RowWriter, StoreAdapter } from "../store/store-adapter.ts";
import type { BetweenSteps, Purge, Purged } from "../store/store.ts";

/** Somebody who reads keeps the removed text readable in the database's files. */
const maxOverwriteTries = 10;

/** Removes what a deleted session held, in steps: recording and answers wait for no more than one of them. */
export async function purgeSession(
  adapter: StoreAdapter,
  { sessionId, position: listed }: Purge,
  betweenSteps: BetweenSteps,
): Promise<Purged> {
  const state = await adapter.read((rows) => readSessionState(rows, sessionId));
  const position = deletionOf(state);
  if (position === "") return undefined;
  if (position > positionKey(listed)) return "unfinished";
  const lastActivity = state.row?.activity.slice(0, keyLength) ?? "";
  const steps: readonly ((rows: RowWriter) => Promise<boolean>)[] = [
    // Apart from the messages: one message can have any number of reactions that were taken back.
    (rows) => rows.registers.removeBefore(sessionId, position),
    (rows) => rows.messages.removeBefore(sessionId, position),
    (rows) => rows.sessions.removeMembersBefore({ sessionId, position, lastActivity }),
  ];
  for (const step of steps) {
    while (await adapter.write(step)) if (!(await betweenSteps())) return "unfinished";
  }
  await adapter.write(async (rows) => {
    await rows.sessions.removeDetailsBefore(sessionId, position);
    await rows.ledger.removeDeadLettersBefore(subjects.log(sessionId), position);
  });
  for (let tries = 1; !(await adapter.overwriteRemoved()); tries++) {
    if (tries === maxOverwriteTries || !(await betweenSteps())) return "unfinished";
  }
  return positionOfKey(position);
}
