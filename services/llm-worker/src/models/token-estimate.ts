/**
 * About how many tokens a text has. Models differ, and the provider counts for itself; this only keeps the
 * context within its budget. Four letters of a Latin script make about one token; a Hangul syllable, a kana
 * or a Han character makes about one, an emoji two.
 */
export function estimateTokens(text: string): number {
  let quarters = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    quarters += code < 0x2e80 ? 1 : code > 0xffff ? 8 : 4;
  }
  // A message costs a little by being one.
  return Math.ceil(quarters / 4) + 4;
}

/** The most bytes of text that `tokens` tokens can be. */
export function maxBytesOf(tokens: number): number {
  return tokens * 4;
}
