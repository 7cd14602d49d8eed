import type { Session } from "@natter/client";
import { useHistory } from "@natter/client/react";
import { useCallback, useEffect, useState } from "react";

/** The next page is loaded when fewer rows are left beyond the view. */
const loadAheadRows = 8;

/** Loads the previous page when the first row is near. */
export function useOlderMessages(session: Session, rowsAbove: number | undefined): void {
  const { state, hasOlder } = useHistory(session);
  const isNear = rowsAbove !== undefined && rowsAbove < loadAheadRows;
  useEffect(() => {
    if (isNear && hasOlder && state === "loaded") session.loadOlder().catch(() => undefined);
  }, [session, isNear, hasOlder, state]);
}

export interface NewerMessages {
  /** Why the next page could not be loaded. */
  readonly error: unknown;
  readonly load: () => void;
}

/** Loads the next page when the last loaded row is near and the session has newer messages. */
export function useNewerMessages(session: Session, rowsBelow: number): NewerMessages {
  const { state, hasNewer } = useHistory(session);
  const [error, setError] = useState<unknown>();
  const load = useCallback(() => {
    setError(undefined);
    session.loadNewer().catch(setError);
  }, [session]);
  const isNear = rowsBelow < loadAheadRows;
  useEffect(() => {
    if (isNear && hasNewer && state === "loaded") load();
  }, [load, isNear, hasNewer, state]);
  return { error, load };
}
