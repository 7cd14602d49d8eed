/** How long to wait before a file that could not be loaded is requested again: longer after each attempt. */
export function retryMs(attempt: number): number {
  return Math.min(500 * 3 ** attempt, 30_000);
}
