import { AsyncLocalStorage } from "node:async_hooks";
import { isBroken } from "@natter/service";

/** Called with an exception that nobody caught. */
type OnDefect = (error: unknown) => void;

const current = new AsyncLocalStorage<OnDefect>();

/**
 * Runs one reply's work. An exception that nobody catches in it, also in a timer, a callback or a promise that was begun
 * there, is handed to `onDefect` and ends nothing else.
 */
export function inCompartment<T>(onDefect: OnDefect, work: () => T): T {
  return current.run(onDefect, work);
}

/** Called with what reached the process. Returns whether it came out of a compartment, which deals with it. */
export function contain(error: unknown): boolean {
  const onDefect = isBroken("worker.no-compartment") ? undefined : current.getStore();
  onDefect?.(error);
  return onDefect !== undefined;
}
