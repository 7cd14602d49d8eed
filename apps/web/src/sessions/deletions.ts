import { NatterError, type SessionList } from "@natter/client";
import { useMemo } from "react";
import { readStored, useStored, writeStored } from "../storage/stored.ts";

/** How long a deletion can be undone. Until then it is only hidden, in every tab. */
export const undoMs = 8_000;
const name = "deletions";

/** By session id, when it is to be deleted, in ms of this machine's clock. */
type Deletions = Readonly<Record<string, number>>;

/** Sessions that are hidden because they will be deleted. */
export function useHiddenSessions(): ReadonlySet<string> {
  const stored = useStored(name);
  return useMemo(() => new Set(Object.keys(parse(stored))), [stored]);
}

/** Hides it now and deletes it later. A page that is closed meanwhile does it when it is opened again. */
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

/** Deletes what is due, and comes back for what is not. */
async function deleteDue(sessions: SessionList, failed: (error: unknown) => void): Promise<void> {
  const due = Object.entries(parse(readStored(name))).filter(([, at]) => at <= Date.now());
  for (const [sessionId] of due) {
    try {
      await sessions.delete(sessionId);
      undoDeletion(sessionId);
    } catch (error) {
      const isGone = error instanceof NatterError && error.code === "not_found";
      // What may succeed later stays hidden and is tried when the page is opened again.
      if (!(error instanceof NatterError && error.temporary)) undoDeletion(sessionId);
      if (!isGone) failed(error);
    }
  }
}

/** What was left by an earlier page. */
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
