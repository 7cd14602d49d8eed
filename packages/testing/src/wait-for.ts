import { setTimeout as sleep } from "node:timers/promises";

const intervalMs = 20;

/**
 * Waits until `look` returns something.
 *
 * @param options `what` is awaited, for the error message; `timeoutMs` is 10 s if it is left out
 * @throws after `timeoutMs`
 */
export async function waitFor<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: { what: string; timeoutMs?: number },
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${options.what}`);
    await sleep(intervalMs);
  }
}
