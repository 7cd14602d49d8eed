import { useClient, useSessions } from "@natter/client/react";
import { toSearchText } from "@natter/protocol/plain";
import { useRef, type ReactNode } from "react";
import { Button } from "../interface/button.tsx";
import { reasonOf } from "../interface/reason.ts";
import { useLanguage, useText } from "../locale/use-text.ts";
import { groupByDate, type DateGroup } from "./date-groups.ts";
import { MoreSessions } from "./more-sessions.tsx";
import { SearchResults } from "./search-results.tsx";
import { useSessionActions } from "../sessions/session-actions.ts";
import { SessionItem } from "./session-item.tsx";
import { useFreshList, useListedSessions } from "./use-listed-sessions.ts";

interface SessionListProperties {
  readonly query: string;
  readonly isArchive: boolean;
  readonly currentId: string;
  readonly open: (sessionId: string, messageId?: string) => void;
}

/** The chats by date, or what a search finds. */
export function SessionList({ query, isArchive, currentId, open }: SessionListProperties): ReactNode {
  const actions = useSessionActions();
  const list = useRef<HTMLDivElement>(null);
  useFreshList(isArchive);
  const entries = useListedSessions(query, currentId);
  const isSearch = toSearchText(query.trim()) !== "";
  return (
    <div ref={list} className="flex-1 overflow-y-auto px-2 pb-4">
      <ListState isArchive={isArchive} isEmpty={entries.length === 0 && !isSearch} />
      {groupByDate(entries, new Date()).map((group) => (
        <Group key={String(group.name)} group={group}>
          {group.entries.map((entry) => (
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
      {isSearch && <SearchResults query={query} hasTitles={entries.length > 0} open={open} />}
    </div>
  );
}

interface ListStateProperties {
  readonly isArchive: boolean;
  readonly isEmpty: boolean;
}

/** Why there are no chats to see, if there are none. */
function ListState({ isArchive, isEmpty }: ListStateProperties): ReactNode {
  const text = useText();
  const { sessions, state } = useSessions();
  return (
    <>
      <LoadFailure />
      {state === "loading" && sessions.length === 0 && <Skeleton />}
      {state === "loaded" && isEmpty && (
        <p className="px-3 py-4 text-sm text-soft">
          {text(isArchive ? "sessions.noArchived" : "sessions.empty")}
        </p>
      )}
    </>
  );
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
