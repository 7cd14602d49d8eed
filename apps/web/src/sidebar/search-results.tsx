import type { SearchHit, SessionList } from "@natter/client";
import { useClient } from "@natter/client/react";
import { cutText } from "@natter/protocol/plain";
import { useEffect, useState, type ReactNode } from "react";
import { useText } from "../locale/use-text.ts";
import { excerptOf, type Excerpt } from "./excerpt.ts";
import { titleOf } from "../sessions/title.ts";

const pauseMs = 250;
/**
 * In UTF-16 units. After a message that is longer, other work of the page may run before the next excerpt.
 */
const longMessage = 10_000;
const maxRepeated = 200;

/** The hits of the server, and the query that they belong to. */
interface Found {
  readonly query: string;
  readonly hits: readonly (SearchHit & { readonly excerpt: Excerpt })[];
  readonly truncated: boolean;
}

interface SearchResultsProperties {
  readonly query: string;
  /** Whether the titles of chats contain the query. */
  readonly hasTitles: boolean;
  readonly open: (sessionId: string, messageId?: string) => void;
}

/** The messages that contain the words, as the server finds them. */
export function SearchResults({ query, hasTitles, open }: SearchResultsProperties): ReactNode {
  const text = useText();
  const answer = useSearch(query);
  if (answer === undefined) return null;
  const { hits, truncated, query: answered } = answer;
  const partly = truncated && (
    <p className="px-3 py-4 text-sm text-soft">{text("sessions.searchedPartly")}</p>
  );
  if (hits.length === 0 && (truncated || hasTitles)) return partly;
  if (hits.length === 0)
    return (
      <p className="px-3 py-4 text-sm text-soft">
        {text("sessions.nothingFound", { query: cutText(answered, maxRepeated) })}
      </p>
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
              onClick={() => open(hit.sessionId, hit.message.id)}
            >
              <span className="block truncate font-medium">{titleOf(hit, text)}</span>
              <ShownExcerpt excerpt={hit.excerpt} />
            </button>
          </li>
        ))}
      </ul>
      {partly}
    </section>
  );
}

function ShownExcerpt({ excerpt: { before, found, after } }: { readonly excerpt: Excerpt }): ReactNode {
  if (found === "") return <span className="block truncate text-soft">{before}</span>;
  return (
    <span className="line-clamp-2 text-soft">
      {before}
      <mark className="rounded-sm bg-mine text-ink">{found}</mark>
      {after}
    </span>
  );
}

/** `undefined` until the server has answered for the first time. */
function useSearch(query: string): Found | undefined {
  const { sessions } = useClient();
  const [answer, setAnswer] = useState<Found>();
  useEffect(() => {
    const wanted = query.trim();
    if (wanted === "") return setAnswer(undefined);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      void search(sessions, wanted, abort.signal)
        // The titles are still searched, and the next letter sends the next request.
        .catch(() => ({ query: wanted, hits: [], truncated: true }))
        .then((found) => !abort.signal.aborted && setAnswer(found));
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query, sessions]);
  return answer;
}

async function search(sessions: SessionList, query: string, signal: AbortSignal): Promise<Found> {
  const { hits, truncated } = await sessions.search(query, { limit: 20, signal });
  const found: Found["hits"][number][] = [];
  for (const hit of hits) {
    const { message } = hit.message;
    if (message.length > longMessage) await new Promise((resolve) => setTimeout(resolve, 0));
    if (signal.aborted) break;
    found.push({ ...hit, excerpt: excerptOf(message, query) });
  }
  return { query, hits: found, truncated };
}
