/** Resolves with `false` when the signal aborts. It leaves no listener behind that outlives the signal. */
export async function aborted(signal: AbortSignal): Promise<false> {
  if (signal.aborted) return false;
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(false), { once: true }));
}
