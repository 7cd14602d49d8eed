import { AsyncLocalStorage } from "node:async_hooks";
import { isBroken, type Logger } from "@natter/runtime";

/** The work of one reply, with the timers, callbacks and promises that it began. If it fails, nothing else fails. */
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

/** Call this with an uncaught exception of the process. Returns whether a bulkhead handled it, so that the process goes on. */
export function contain(error: unknown, logger: Logger): boolean {
  const bulkhead = isBroken("worker.no-bulkhead") ? undefined : current.getStore();
  if (!bulkhead) return false;
  if (bulkhead.onDefect) bulkhead.onDefect(error);
  else logger.error({ err: error }, "what a reply left behind failed");
  return true;
}
