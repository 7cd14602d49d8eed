import { limits, type PageMessage } from "@natter/protocol";

interface Part {
  readonly page: PageMessage[];
  readonly wasCut: boolean;
}

/** The last messages that fit a page, at least one. */
export function lastOf(messages: readonly PageMessage[], limit: number): Part {
  let first = messages.length;
  for (let bytes = 0; first > 0 && messages.length - first < limit; first--) {
    bytes += sizeOf(messages[first - 1]);
    if (bytes > limits.pageBytes && first < messages.length) break;
  }
  return { page: messages.slice(first), wasCut: first > 0 };
}

/** The first messages that fit a page, at least one. */
export function firstOf(messages: readonly PageMessage[], limit: number): Part {
  const { page, wasCut } = lastOf(messages.toReversed(), limit);
  return { page: page.toReversed(), wasCut };
}

/** The first of `newer`, and what stands beside it on both sides as far as it fits the same page, in turns. */
export function aroundOf(
  older: readonly PageMessage[],
  newer: readonly PageMessage[],
): { readonly older: readonly PageMessage[]; readonly newer: readonly PageMessage[] } {
  let bytes = sizeOf(newer[0]);
  const takes = (message: PageMessage | undefined): boolean => {
    if (!message || bytes + sizeOf(message) > limits.pageBytes) return false;
    bytes += sizeOf(message);
    return true;
  };
  let [start, end] = [older.length, 1];
  let [goesBack, goesOn] = [true, true];
  while (goesBack || goesOn) {
    goesOn &&= takes(newer[end]);
    if (goesOn) end++;
    goesBack &&= takes(older[start - 1]);
    if (goesBack) start--;
  }
  return { older: older.slice(start), newer: newer.slice(0, end) };
}

function sizeOf(message: PageMessage | undefined): number {
  return message ? Buffer.byteLength(JSON.stringify(message)) : 0;
}
