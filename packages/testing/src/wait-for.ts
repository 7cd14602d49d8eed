const intervalMs = 20;

/** Waits until `look` returns something; says `what` was awaited if it never does. */
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
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
