import { cutText, findWord } from "@natter/protocol/plain";

/** A part of a message around the word that was searched. `found` is empty if the word is not found again. */
export interface Excerpt {
  readonly before: string;
  readonly found: string;
  readonly after: string;
}

/**
 * All lengths here are in UTF-16 units. A message can have half a million in one line, and a browser lays out
 * all of it.
 */
const maxShown = 200;
const maxBefore = 40;
const maxAfter = 80;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Cuts between characters as people see them. Searches the whole message, so callers call it once for each
 * hit.
 */
export function excerptOf(message: string, query: string): Excerpt {
  const place = findWord(message, query.trim().split(/\s+/)[0] ?? "");
  if (!place) return { before: cutText(message, maxShown), found: "", after: "" };
  const { start, end } = place;
  const from = boundaryFrom(message, Math.max(0, start - maxBefore), start);
  return {
    before: `${from > 0 ? "…" : ""}${message.slice(from, start)}`,
    found: cutText(message.slice(start, end), maxShown),
    after: cutText(message.slice(end), maxAfter),
  };
}

/** The first boundary of a character at or after `at`, at most `end`. */
function boundaryFrom(text: string, at: number, end: number): number {
  const { index = at, segment = "" } = characters.segment(text).containing(at) ?? {};
  return index === at ? at : Math.min(end, index + segment.length);
}
