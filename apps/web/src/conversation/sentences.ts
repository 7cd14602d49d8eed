/** How much of a text that still grows can be read out: whole sentences and whole lines. Markup is not read. */
export function finishedLength(text: string, locale: string): number {
  const segments = [...new Intl.Segmenter(locale, { granularity: "sentence" }).segment(text)];
  const last = segments.at(-1);
  if (!last) return 0;
  // The last one may go on, also if it ends with a full stop: "3." may become "3.5".
  return last.index;
}

/**
 * How much of `text` needs no saying, after `said` was read out. A text can begin anew: another worker took over, or what
 * was said turned out to be a thought. As long as it may still come to the same, nothing is said twice.
 */
export function saidLength(text: string, said: string, { isWhole }: { readonly isWhole: boolean }): number {
  if (text.startsWith(said)) return said.length;
  return !isWhole && said.startsWith(text) ? text.length : 0;
}

const marks = /[*_`#>|~]+|\[(?<label>[^\]]*)\]\([^)]*\)|^\s*[-+]\s+/gm;

export function spoken(markdown: string): string {
  return markdown
    .replace(/```[\s\S]*?(?:```|$)/g, " ")
    .replace(marks, "$<label>")
    .replace(/\s+/g, " ")
    .trim();
}
