import type { SessionEntry } from "@natter/client";
import { useClient, useDetails, useSessions } from "@natter/client/react";
import { toSearchText } from "@natter/protocol/plain";
import { useEffect } from "react";
import { useText } from "../locale/use-text.ts";
import { useHiddenSessions } from "../sessions/deletions.ts";
import { titleOf } from "../sessions/title.ts";

/** The sessions whose title contains the query, without those that are about to be deleted. */
export function useListedSessions(query: string, currentId: string): readonly SessionEntry[] {
  const text = useText();
  const hidden = useHiddenSessions();
  const { sessions } = useSessions();
  // Somebody else may have named the open session since the list was loaded.
  const { title } = useDetails(useClient().session(currentId));
  const wanted = toSearchText(query.trim());
  return sessions
    .map((entry) => (entry.sessionId === currentId && title !== undefined ? withTitle(entry, title) : entry))
    .filter((entry) => !hidden.has(entry.sessionId) && toSearchText(titleOf(entry, text)).includes(wanted));
}

/** The same object if it has the title: an entry that stays the same is not rendered again. */
function withTitle(entry: SessionEntry, title: string): SessionEntry {
  return entry.title === title ? entry : { ...entry, title };
}

/** Loads the list, and loads it again when the page becomes visible or the network is back: other devices change it, too. */
export function useFreshList(isArchive: boolean): void {
  const { sessions } = useClient();
  useEffect(() => {
    const refresh = (): void => {
      if (document.visibilityState === "visible")
        sessions.refresh({ archived: isArchive }).catch(() => undefined);
    };
    refresh();
    document.addEventListener("visibilitychange", refresh);
    addEventListener("online", refresh);
    return () => {
      document.removeEventListener("visibilitychange", refresh);
      removeEventListener("online", refresh);
    };
  }, [sessions, isArchive]);
}
