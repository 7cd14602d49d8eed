import type { SearchAnswer } from "@natter/client";
import { useClient } from "@natter/client/react";
import { findWord } from "@natter/protocol/plain";
import { useEffect, useState, type ReactNode } from "react";
import { useText } from "../locale/use-text.ts";
import { titleOf } from "./title.ts";

const pauseMs = 250;
const aroundCharacters = 40;

interface SearchResultsProperties {
  readonly query: string;
  /** Whether chats were found by their title. */
  readonly hasTitles: boolean;
  readonly open: (sessionId: string, messageId?: string) => void;
}

/** Messages that contain the words, found by the server. */
export function SearchResults({ query, hasTitles, open }: SearchResultsProperties): ReactNode {
  const text = useText();
  const answer = useSearch(query);
  if (answer === undefined) return null;
  const { hits, truncated } = answer;
  const partly = truncated && (
    <p className="px-3 py-4 text-sm text-soft">{text("sessions.searchedPartly")}</p>
  );
  if (hits.length === 0 && (truncated || hasTitles)) return partly;
  if (hits.length === 0)
    return <p className="px-3 py-4 text-sm text-soft">{text("sessions.nothingFound", { query })}</p>;
  return (
    <section>
      <h2 className="px-3 pt-4 pb-1 text-xs font-medium text-soft">{text("sessions.found")}</h2>
      <ul>
        {hits.map((hit) => (
          <li key={hit.message.id}>
            <button
              type="button"
              className="block w-full rounded-lg px-3 py-2 text-left text-sm hover:bg-hover"
              onClick={() => open(hit.sessionId, hit.message.id)}
            >
              <span className="block truncate font-medium">{titleOf(hit, text)}</span>
              <Excerpt message={hit.message.message} query={query} />
            </button>
          </li>
        ))}
      </ul>
      {partly}
    </section>
  );
}

function Excerpt({ message, query }: { readonly message: string; readonly query: string }): ReactNode {
  const place = findWord(message, query.trim().split(/\s+/)[0] ?? "");
  if (!place) return <span className="block truncate text-soft">{message}</span>;
  const { start, end } = place;
  const before = message.slice(Math.max(0, start - aroundCharacters), start);
  return (
    <span className="line-clamp-2 text-soft">
      {start > aroundCharacters && "…"}
      {before}
      <mark className="rounded-sm bg-mine text-ink">{message.slice(start, end)}</mark>
      {message.slice(end, end + 2 * aroundCharacters)}
    </span>
  );
}

/** `undefined` until the server has answered the first time. */
function useSearch(query: string): SearchAnswer | undefined {
  const { sessions } = useClient();
  const [answer, setAnswer] = useState<SearchAnswer>();
  useEffect(() => {
    const wanted = query.trim();
    if (wanted === "") return setAnswer(undefined);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      sessions
        .search(wanted, { limit: 20, signal: abort.signal })
        .then(setAnswer)
        // The titles are still searched; whoever goes on typing asks again.
        .catch(() => !abort.signal.aborted && setAnswer({ hits: [], truncated: true }));
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, sessions]);
  return answer;
}
