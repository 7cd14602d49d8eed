import { cutText, findWord } from "@natter/protocol/plain";

/** What is shown of a message around the word that was looked for. `found` is empty if nobody can say where it is. */
export interface Excerpt {
  readonly before: string;
  readonly found: string;
  readonly after: string;
}

/** In UTF-16 units, as all lengths here. A message can have half a million in one line, which a browser lays out whole. */
const mostShown = 200;
const mostBefore = 40;
const mostAfter = 80;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Between characters as people see them. Looks through the whole message, so it is made once for each answer. */
export function excerptOf(message: string, query: string): Excerpt {
  const place = findWord(message, query.trim().split(/\s+/)[0] ?? "");
  if (!place) return { before: cutText(message, mostShown), found: "", after: "" };
  const { start, end } = place;
  const from = boundaryFrom(message, Math.max(0, start - mostBefore), start);
  return {
    before: `${from > 0 ? "…" : ""}${message.slice(from, start)}`,
    found: cutText(message.slice(start, end), mostShown),
    after: cutText(message.slice(end), mostAfter),
  };
}

/** Where the first character begins at or after `at`, at most `end`. */
function boundaryFrom(text: string, at: number, end: number): number {
  const { index = at, segment = "" } = characters.segment(text).containing(at) ?? {};
  return index === at ? at : Math.min(end, index + segment.length);
}
