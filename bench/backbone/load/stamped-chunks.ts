/** Bytes of one token of the demo model's `/bench`: the time at which it was sent, a space, and filling. */
export const tokenBytes = 32;

/** The message that asks for tokens with their time. */
export function stampedPrompt({ chunks, rate }: { chunks: number; rate: number }): string {
  return `/bench ${chunks} ${rate} ${tokenBytes}`;
}

/**
 * The times at which the tokens of a chunk were sent, in nanoseconds of the machine's monotonic clock. A
 * frame may join tokens, but never cut one.
 * @throws if the chunk does not consist of whole tokens
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
