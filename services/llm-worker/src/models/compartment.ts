import { AsyncLocalStorage } from "node:async_hooks";
import { isBroken, type Logger } from "@natter/runtime";

/** What runs in it, also in timers, callbacks and promises that were begun there, fails alone. */
interface Compartment {
  /** Unset once its work is over. Connections and timers that others use after it keep the compartment, not the work. */
  onDefect: ((error: unknown) => void) | undefined;
}

const current = new AsyncLocalStorage<Compartment>();

/**
 * Runs one reply's work. An exception that nobody catches in it is handed to `onDefect` and ends nothing else.
 *
 * @throws what `work` rejects with
 */
export async function inCompartment<T>(
  onDefect: (error: unknown) => void,
  work: () => Promise<T>,
): Promise<T> {
  const compartment: Compartment = { onDefect };
  try {
    return await current.run(compartment, work);
  } finally {
    compartment.onDefect = undefined;
  }
}

/** Called with what reached the process. Returns whether it came out of a compartment, so that the process goes on. */
export function contain(error: unknown, logger: Logger): boolean {
  const compartment = isBroken("worker.no-compartment") ? undefined : current.getStore();
  if (!compartment) return false;
  if (compartment.onDefect) compartment.onDefect(error);
  else logger.error({ err: error }, "what a reply left behind failed");
  return true;
}
