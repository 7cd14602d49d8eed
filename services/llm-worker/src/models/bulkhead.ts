import { AsyncLocalStorage } from "node:async_hooks";
import { isBroken, type Logger } from "@natter/runtime";

/** What runs in it, also in timers, callbacks and promises that were begun there, fails alone. */
interface Bulkhead {
  /** Unset once its work is over. A connection or timer that outlives the work keeps the bulkhead, but not the work. */
  onDefect: ((error: unknown) => void) | undefined;
}

const current = new AsyncLocalStorage<Bulkhead>();

/**
 * Runs one reply's work. An exception that nobody catches in it is handed to `onDefect` and ends nothing else.
 *
 * @throws what `work` rejects with
 */
export async function inBulkhead<T>(onDefect: (error: unknown) => void, work: () => Promise<T>): Promise<T> {
  const bulkhead: Bulkhead = { onDefect };
  try {
    return await current.run(bulkhead, work);
  } finally {
    bulkhead.onDefect = undefined;
  }
}

/** Called with what reached the process. Returns whether it came out of a bulkhead, so that the process goes on. */
export function contain(error: unknown, logger: Logger): boolean {
  const bulkhead = isBroken("worker.no-bulkhead") ? undefined : current.getStore();
  if (!bulkhead) return false;
  if (bulkhead.onDefect) bulkhead.onDefect(error);
  else logger.error({ err: error }, "what a reply left behind failed");
  return true;
}
