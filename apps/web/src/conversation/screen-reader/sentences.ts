import { cutText } from "@natter/protocol/plain";

/** No more is looked at or read out at once, since a model may write a megabyte without a full stop. */
export const mostCharacters = 2_000;

/** How much of a text that still grows can be read out: whole sentences and whole lines. Markup is not read. */
export function finishedLength(text: string, locale: string): number {
  const near = text.slice(0, mostCharacters);
  const segments = [...new Intl.Segmenter(locale, { granularity: "sentence" }).segment(near)];
  const last = segments.at(-1);
  if (!last) return 0;
  // The last one may go on, also if it ends with a full stop: "3." may become "3.5".
  if (last.index > 0 || text.length <= mostCharacters) return last.index;
  return partLength(text);
}

/** How much of a text is read out at once: up to a blank, if there is one. */
export function partLength(text: string): number {
  if (text.length <= mostCharacters) return text.length;
  const blank = text.lastIndexOf(" ", mostCharacters - 1);
  return blank > 0 ? blank + 1 : cutText(text, mostCharacters).length;
}

/**
 * How much of `text` needs no saying, after `said` was read out. A text can begin anew: another worker took over, or what
 * was said turned out to be a thought. As long as it may still come to the same, nothing is said twice.
 */
export function saidLength(text: string, said: string, { isWhole }: { readonly isWhole: boolean }): number {
  if (text.startsWith(said)) return said.length;
  return !isWhole && said.startsWith(text) ? text.length : 0;
}

/** Each of its parts ends where the next one may begin, so that a text of nothing but brackets takes no longer than another one. */
const marks = /[*_`#>|~]+|\[(?<label>[^[\]]*)\]\([^()]*\)|^[ \t]*[-+][ \t]+/gm;

export function spoken(markdown: string): string {
  return markdown
    .replace(/```[\s\S]*?(?:```|$)/g, " ")
    .replace(marks, "$<label>")
    .replace(/\s+/g, " ")
    .trim();
}
