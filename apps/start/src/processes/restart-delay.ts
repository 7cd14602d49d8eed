import type { Backoff } from "@natter/runtime";

export const restartBounds = { firstMs: 500, maxMs: 5_000 };
const healthyMs = 10_000;

/** How long a process that ran for `ranMs` waits for its restart. A healthy run brings the first delay back. */
export function restartDelayMs(backoff: Backoff, ranMs: number): number {
  if (ranMs >= healthyMs) backoff.reset();
  return backoff.nextMs();
}
