/** How much of a text that still grows can be read out: whole sentences and whole lines. Markup is not read. */
export function finishedLength(text: string, locale: string): number {
  const segments = [...new Intl.Segmenter(locale, { granularity: "sentence" }).segment(text)];
  const last = segments.at(-1);
  if (!last) return 0;
  // The last one may go on, also if it ends with a full stop: "3." may become "3.5".
  return last.index;
}

const marks = /[*_`#>|~]+|\[(?<label>[^\]]*)\]\([^)]*\)|^\s*[-+]\s+/gm;

export function spoken(markdown: string): string {
  return markdown
    .replace(/```[\s\S]*?(?:```|$)/g, " ")
    .replace(marks, "$<label>")
    .replace(/\s+/g, " ")
    .trim();
}
