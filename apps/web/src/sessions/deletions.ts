import { NatterError, type SessionList } from "@natter/client";
import { useMemo } from "react";
import { readStored, useStored, writeStored } from "../storage/stored.ts";

/** How long a deletion can be undone. Until then the session is only hidden, in every tab. */
export const undoMs = 8_000;
const name = "deletions";

/** When a session is to be deleted, in ms of this machine's clock, by its id. */
type Deletions = Readonly<Record<string, number>>;

/** The sessions that are about to be deleted. */
export function useHiddenSessions(): ReadonlySet<string> {
  const stored = useStored(name);
  return useMemo(() => new Set(Object.keys(parse(stored))), [stored]);
}

/** Hides a session now and deletes it later. If the page is closed meanwhile, the next page deletes it. */
export function deleteLater(
  sessions: SessionList,
  sessionId: string,
  failed: (error: unknown) => void,
): void {
  write({ ...parse(readStored(name)), [sessionId]: Date.now() + undoMs });
  setTimeout(() => void deleteDue(sessions, failed), undoMs + 50);
}

export function undoDeletion(sessionId: string): void {
  const { [sessionId]: _undone, ...others } = parse(readStored(name));
  write(others);
}

/** Deletes what is due now. */
async function deleteDue(sessions: SessionList, failed: (error: unknown) => void): Promise<void> {
  const due = Object.entries(parse(readStored(name))).filter(([, at]) => at <= Date.now());
  for (const [sessionId] of due) {
    try {
      await sessions.delete(sessionId);
      undoDeletion(sessionId);
    } catch (error) {
      const isGone = error instanceof NatterError && error.code === "not_found";
      // A deletion that may succeed later stays hidden. The next page tries it again.
      if (!(error instanceof NatterError && error.temporary)) undoDeletion(sessionId);
      if (!isGone) failed(error);
    }
  }
}

/** Continues the deletions of an earlier page. */
export function resumeDeletions(sessions: SessionList, failed: (error: unknown) => void): void {
  const waits = Object.values(parse(readStored(name))).map((at) => Math.max(0, at - Date.now()));
  for (const ms of new Set(waits))
    setTimeout(() => void deleteDue(sessions, failed), Math.min(ms, undoMs) + 50);
}

function write(deletions: Deletions): void {
  writeStored(name, Object.keys(deletions).length === 0 ? "" : JSON.stringify(deletions));
}

function parse(stored: string | undefined): Deletions {
  try {
    return stored === undefined ? {} : (JSON.parse(stored) as Deletions);
  } catch {
    return {};
  }
}
