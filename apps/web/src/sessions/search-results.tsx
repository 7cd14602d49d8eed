import type { SearchHit } from "@natter/client";
import { useClient } from "@natter/client/react";
import { useEffect, useState, type ReactNode } from "react";
import { useText } from "../locale/use-text.ts";
import { titleOf } from "./title.ts";

const pauseMs = 250;
const aroundCharacters = 40;

interface SearchResultsProperties {
  readonly query: string;
  /** Whether chats were found by their title. */
  readonly hasTitles: boolean;
  readonly open: (sessionId: string) => void;
}

/** Messages that contain the words, found by the server. */
export function SearchResults({ query, hasTitles, open }: SearchResultsProperties): ReactNode {
  const text = useText();
  const hits = useSearch(query);
  if (hits === undefined) return null;
  if (hits.length === 0)
    return hasTitles ? null : (
      <p className="px-3 py-4 text-sm text-soft">{text("sessions.nothingFound", { query })}</p>
    );
  return (
    <section>
      <h2 className="px-3 pt-4 pb-1 text-xs font-medium text-soft">{text("sessions.found")}</h2>
      <ul>
        {hits.map((hit) => (
          <li key={hit.message.id}>
            <button
              type="button"
              className="block w-full rounded-lg px-3 py-2 text-left text-sm hover:bg-hover"
              onClick={() => open(hit.sessionId)}
            >
              <span className="block truncate font-medium">{titleOf(hit, text)}</span>
              <Excerpt message={hit.message.message} query={query} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Excerpt({ message, query }: { readonly message: string; readonly query: string }): ReactNode {
  const word = query.trim().split(/\s+/)[0] ?? "";
  const at = message.toLowerCase().indexOf(word.toLowerCase());
  if (at < 0) return <span className="block truncate text-soft">{message}</span>;
  const before = message.slice(Math.max(0, at - aroundCharacters), at);
  return (
    <span className="line-clamp-2 text-soft">
      {at > aroundCharacters && "…"}
      {before}
      <mark className="rounded-sm bg-mine text-ink">{message.slice(at, at + word.length)}</mark>
      {message.slice(at + word.length, at + word.length + 2 * aroundCharacters)}
    </span>
  );
}

/** `undefined` until the server has answered the first time. */
function useSearch(query: string): readonly SearchHit[] | undefined {
  const { sessions } = useClient();
  const [hits, setHits] = useState<readonly SearchHit[]>();
  useEffect(() => {
    const wanted = query.trim();
    if (wanted === "") return setHits(undefined);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      sessions
        .search(wanted, { limit: 20, signal: abort.signal })
        .then(setHits)
        // The titles are still searched; whoever goes on typing asks again.
        .catch(() => !abort.signal.aborted && setHits([]));
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, sessions]);
  return hits;
}
