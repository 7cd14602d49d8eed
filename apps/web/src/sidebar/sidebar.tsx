import { Archive, ArrowLeft, Search, SquarePen, X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { IconButton } from "../interface/button.tsx";
import { Mark } from "../interface/mark.tsx";
import { useText } from "../locale/use-text.ts";
import { PreferencesMenu } from "../preferences/preferences-menu.tsx";
import { SessionList } from "./session-list.tsx";

/**
 * The filter of the list. The sidebar and the drawer show the same list, and the drawer is not always there.
 */
interface ListFilter {
  readonly query: string;
  readonly setQuery: (query: string) => void;
  readonly isArchive: boolean;
  readonly setArchive: (isArchive: boolean) => void;
}

export function useListFilter(): ListFilter {
  const [query, setQuery] = useState("");
  const [isArchive, setArchive] = useState(false);
  return { query, setQuery, isArchive, setArchive };
}

interface SidebarProperties {
  readonly filter: ListFilter;
  readonly currentId: string;
  readonly open: (sessionId: string, messageId?: string) => void;
  readonly begin: () => void;
  readonly showKeyboard: () => void;
}

export function Sidebar({ filter, currentId, open, begin, showKeyboard }: SidebarProperties): ReactNode {
  const text = useText();
  const { query, setQuery, isArchive, setArchive } = filter;
  return (
    <nav
      aria-label={text("sessions.label")}
      className="flex h-full min-h-0 flex-col bg-sunken pt-[env(safe-area-inset-top)] pl-[env(safe-area-inset-left)]"
    >
      <div className="flex items-center gap-2 px-4 pt-4 pb-3">
        <Mark size={24} />
        <span className="flex-1 text-lg font-semibold tracking-tight">natter</span>
        <IconButton label={text("app.newChat")} onClick={begin}>
          <SquarePen size={18} aria-hidden />
        </IconButton>
      </div>
      <SearchField query={query} setQuery={setQuery} />
      <SessionList query={query} isArchive={isArchive} currentId={currentId} open={open} />
      <div className="flex items-center gap-1 border-t border-line px-2 py-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
        <PreferencesMenu sessionId={currentId} showKeyboard={showKeyboard} />
        <IconButton
          label={text(isArchive ? "sessions.showCurrent" : "sessions.showArchived")}
          aria-pressed={isArchive}
          onClick={() => setArchive(!isArchive)}
        >
          {isArchive ? <ArrowLeft size={17} aria-hidden /> : <Archive size={17} aria-hidden />}
        </IconButton>
      </div>
    </nav>
  );
}

interface SearchFieldProperties {
  readonly query: string;
  readonly setQuery: (query: string) => void;
}

function SearchField({ query, setQuery }: SearchFieldProperties): ReactNode {
  const text = useText();
  return (
    <div className="relative mx-3 mb-1">
      <Search
        size={15}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-soft"
      />
      <input
        type="text"
        role="searchbox"
        id="search"
        value={query}
        aria-label={text("sessions.search")}
        placeholder={text("sessions.search")}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || query === "" || event.nativeEvent.isComposing) return;
          event.stopPropagation();
          setQuery("");
        }}
        className="w-full rounded-lg border border-line bg-paper py-1.5 pr-8 pl-8 text-sm placeholder:text-soft"
      />
      {query !== "" && (
        <IconButton
          label={text("sessions.clearSearch")}
          className="absolute top-1/2 right-0.5 size-7 -translate-y-1/2"
          onClick={() => setQuery("")}
        >
          <X size={14} aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
