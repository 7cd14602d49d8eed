/** Bytes of one token of the demo model's `/bench`: the time when it was said, a space, and filling. */
export const tokenBytes = 32;

/** What a person types to get tokens with the time in them. */
export function stampedPrompt({ chunks, rate }: { chunks: number; rate: number }): string {
  return `/bench ${chunks} ${rate} ${tokenBytes}`;
}

/**
 * When the tokens of a chunk were said, in nanoseconds of the machine's monotonic clock. Tokens may be joined
 * on the way, but never cut.
 *
 * @throws if it is not made of whole tokens
 */
export function stampsOf(chunk: string): number[] {
  const stamps: number[] = [];
  for (let start = 0; start < chunk.length; start += tokenBytes) {
    const token = chunk.slice(start, start + tokenBytes);
    const stamp = Number(token.slice(0, token.indexOf(" ")));
    if (token.length !== tokenBytes || !Number.isSafeInteger(stamp) || stamp <= 0)
      throw new Error(`"${token}" is no token with a time in it`);
    stamps.push(stamp);
  }
  return stamps;
}
