import type { Statements } from "../database/statements.ts";

/** Replaces the index entry of a message; `undefined`: the message has none any more. */
export function putIndexEntry(
  statements: Statements,
  number: number,
  ngrams: readonly string[] | undefined,
): void {
  statements.run("delete from search where rowid = ?", number);
  if (ngrams !== undefined) addIndexEntry(statements, number, ngrams);
}

/** For a message that has no entry. */
export function addIndexEntry(statements: Statements, number: number, ngrams: readonly string[]): void {
  statements.run("insert into search (rowid, grams) values (?, ?)", number, toSearchTerms(ngrams));
}

/** N-grams as words that SQLite's plainest tokenizer leaves alone: four digits of base 36 for each character. */
export function toSearchTerms(ngrams: readonly string[]): string {
  return ngrams.map(toTerm).join(" ");
}

/** An expression for what has all n-grams. */
export function toMatch(ngrams: readonly string[]): string {
  return ngrams.map((ngram) => `"${toTerm(ngram)}"`).join(" AND ");
}

function toTerm(ngram: string): string {
  let term = "";
  for (const character of ngram) term += (character.codePointAt(0) ?? 0).toString(36).padStart(4, "0");
  return term;
}
