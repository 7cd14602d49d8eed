const characters: Intl.Segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** What a boundary depends on: the units around it. */
const lookahead = 8;

/**
 * The longest beginning of `text` with at most `length` UTF-16 units that ends with a whole character as people see it: a
 * family of emoji, a flag or a syllable is not cut in two. A single character that is longer is cut between code points.
 */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = 0;
  for (const { index } of characters.segment(text.slice(0, length + lookahead))) {
    if (index > length) break;
    end = index;
  }
  if (end > 0) return text.slice(0, end);
  const cut = text.slice(0, length);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
