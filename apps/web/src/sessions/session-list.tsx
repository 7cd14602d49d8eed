import type { SessionEntry } from "@natter/client";
import { useClient, useDetails, useSessions } from "@natter/client/react";
import { toSearchText } from "@natter/protocol/plain";
import { useEffect, useRef, type ReactNode } from "react";
import { Button } from "../interface/button.tsx";
import { reasonOf } from "../interface/reason.ts";
import { useLanguage, useText } from "../locale/use-text.ts";
import { groupByDate, type DateGroup } from "./date-groups.ts";
import { useHiddenSessions } from "./deletions.ts";
import { MoreSessions } from "./more-sessions.tsx";
import { SearchResults } from "./search-results.tsx";
import { useSessionActions } from "./session-actions.ts";
import { SessionItem } from "./session-item.tsx";
import { titleOf } from "./title.ts";

interface SessionListProperties {
  readonly query: string;
  readonly isArchive: boolean;
  readonly currentId: string;
  readonly open: (sessionId: string, messageId?: string) => void;
}

/** The chats by date, or what a search finds. */
export function SessionList({ query, isArchive, currentId, open }: SessionListProperties): ReactNode {
  const text = useText();
  const actions = useSessionActions();
  const hidden = useHiddenSessions();
  const list = useRef<HTMLDivElement>(null);
  const { sessions: all, state } = useSessions();
  useFreshList(isArchive);
  const wanted = toSearchText(query.trim());
  // The chat that is open may have been named by others since the list was loaded.
  const { title } = useDetails(useClient().session(currentId));
  const named = all.map((entry) =>
    entry.sessionId === currentId && title !== undefined && entry.title !== title
      ? { ...entry, title }
      : entry,
  );
  const entries = named.filter(
    (entry) => !hidden.has(entry.sessionId) && toSearchText(titleOf(entry, text)).includes(wanted),
  );
  const isEmpty = entries.length === 0 && wanted === "" && state === "loaded";
  return (
    <div ref={list} className="flex-1 overflow-y-auto px-2 pb-4">
      <LoadFailure />
      {state === "loading" && all.length === 0 && <Skeleton />}
      {isEmpty && (
        <p className="px-3 py-4 text-sm text-soft">
          {text(isArchive ? "sessions.noArchived" : "sessions.empty")}
        </p>
      )}
      {groupByDate(entries, new Date()).map((group) => (
        <Group key={String(group.name)} group={group}>
          {group.entries.map((entry: SessionEntry) => (
            <SessionItem
              key={entry.sessionId}
              entry={entry}
              isCurrent={entry.sessionId === currentId}
              open={open}
              actions={actions}
            />
          ))}
        </Group>
      ))}
      <MoreSessions key={String(isArchive)} list={list} />
      {wanted !== "" && <SearchResults query={query} hasTitles={entries.length > 0} open={open} />}
    </div>
  );
}

/** Loads the list, and again whenever somebody looks at the page after a while: other devices write, too. */
function useFreshList(isArchive: boolean): void {
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

function Group({ group, children }: { readonly group: DateGroup; readonly children: ReactNode }): ReactNode {
  const text = useText();
  const language = useLanguage();
  const name =
    group.name instanceof Date
      ? group.name.toLocaleDateString(language, { year: "numeric", month: "long" })
      : text(group.name);
  return (
    <section>
      <h2 className="px-3 pt-4 pb-1 text-xs font-medium text-soft">{name}</h2>
      <ul className="flex flex-col gap-px">{children}</ul>
    </section>
  );
}

function LoadFailure(): ReactNode {
  const text = useText();
  const { sessions } = useClient();
  const { state, error } = useSessions();
  if (state !== "failed") return null;
  return (
    <div role="alert" className="m-2 rounded-lg bg-notice-ground p-3 text-sm">
      <p>{text("sessions.failed", { reason: reasonOf(error, text) })}</p>
      <Button look="line" className="mt-2" onClick={() => void sessions.refresh().catch(() => undefined)}>
        {text("sessions.tryAgain")}
      </Button>
    </div>
  );
}

function Skeleton(): ReactNode {
  return (
    <div aria-hidden className="flex flex-col gap-3 px-3 pt-6">
      {[80, 60, 72, 50].map((percent) => (
        <div key={percent} className="h-4 rounded bg-hover" style={{ width: `${percent}%` }} />
      ))}
    </div>
  );
}
