import type { Session } from "../session.ts";

/** For promises whose end can be seen in another way, too: nobody has to wait for them. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Rejects with the reason of the signal if that comes first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  return handled(Promise.race([aborted, promise]).finally(() => signal.removeEventListener("abort", abort)));
}

/** Resolves when something of the session changes, or one of these messages. */
export function nextChange(session: Session, ...keys: readonly string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ends = [session.subscribe(resolve), ...keys.map((key) => session.subscribeMessage(key, resolve))];
  return promise.finally(() => {
    for (const end of ends) end();
  });
}
