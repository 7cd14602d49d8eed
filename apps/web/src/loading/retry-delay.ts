/** How long to wait before something that could not be loaded is asked for again: longer each time. */
export function retryMs(attempt: number): number {
  return Math.min(500 * 3 ** attempt, 30_000);
}
