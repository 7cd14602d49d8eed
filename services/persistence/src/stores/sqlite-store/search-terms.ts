/** Grams as words that SQLite's plainest tokenizer leaves alone: four digits of base 36 for each character. */
export function toSearchTerms(grams: readonly string[]): string {
  return grams.map(toTerm).join(" ");
}

/** Matches what has all grams. */
export function toMatch(grams: readonly string[]): string {
  return grams.map((gram) => `"${toTerm(gram)}"`).join(" AND ");
}

function toTerm(gram: string): string {
  let term = "";
  for (const character of gram) term += (character.codePointAt(0) ?? 0).toString(36).padStart(4, "0");
  return term;
}
