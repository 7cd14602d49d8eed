import { cutText } from "@natter/protocol/plain";

/**
 * The longest text that is searched or read out at once. A model may write a megabyte without a full stop.
 */
export const maxCharacters = 2_000;

/** Length of the whole sentences and lines at the beginning of a text that still grows. */
export function finishedLength(text: string, locale: string): number {
  const near = text.slice(0, maxCharacters);
  const segments = [...new Intl.Segmenter(locale, { granularity: "sentence" }).segment(near)];
  const last = segments.at(-1);
  if (!last) return 0;
  // The last sentence may continue even if it ends with a full stop: "3." may become "3.5".
  if (last.index > 0 || text.length <= maxCharacters) return last.index;
  return partLength(text);
}

/** Length of the part that is read out at once. It ends at a blank, if there is one. */
export function partLength(text: string): number {
  if (text.length <= maxCharacters) return text.length;
  const blank = text.lastIndexOf(" ", maxCharacters - 1);
  return blank > 0 ? blank + 1 : cutText(text, maxCharacters).length;
}

/**
 * Length of the part of `text` that was read out before. A text can start again: another worker took over, or
 * the text so far was reasoning. As long as the new text may become the same, nothing is read out twice.
 * @param announced what was read out before
 */
export function announcedLength(
  text: string,
  announced: string,
  { isWhole }: { readonly isWhole: boolean },
): number {
  if (text.startsWith(announced)) return announced.length;
  return !isWhole && announced.startsWith(text) ? text.length : 0;
}

/** No two parts of it can match the same characters, so a text of nothing but brackets takes linear time. */
const marks = /[*_`#>|~]+|\[(?<label>[^[\]]*)\]\([^()]*\)|^[ \t]*[-+][ \t]+/gm;

export function speechOf(markdown: string): string {
  return markdown
    .replace(/```[\s\S]*?(?:```|$)/g, " ")
    .replace(marks, "$<label>")
    .replace(/\s+/g, " ")
    .trim();
}
