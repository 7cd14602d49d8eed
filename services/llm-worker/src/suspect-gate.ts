/** How many prompts may run beside each other at one worker that lost this many workers each. */
const mostBeside: readonly number[] = [16, 4, 1];
const firstSuspicion = 2;

/**
 * A worker that dies takes all its replies with it, and nobody can say which of them it died of. So a prompt that lost workers
 * before is tried beside ever fewer others of its kind, in the end alone: what then dies with the worker is the one that kills
 * it, and an innocent prompt that was beside it is answered instead of given up.
 */
export class SuspectGate {
  readonly #running = new Map<symbol, number>();
  #waiting: (() => void)[] = [];

  /**
   * Resolves when a prompt with so many failures may begin. Call what it returns when the prompt is over.
   *
   * @returns `undefined` if the signal came first
   */
  async enter(failures: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (failures < firstSuspicion) return () => undefined;
    const most = mostBesideOf(failures);
    while (!signal.aborted) {
      // Nobody who has to be alone is joined by others, either.
      const allowed = Math.min(most, ...[...this.#running.values()].map(mostBesideOf));
      if (this.#running.size < allowed) return this.#begin(failures);
      await this.#untilChanged(signal);
    }
    return undefined;
  }

  #begin(failures: number): () => void {
    const key = Symbol("suspect");
    this.#running.set(key, failures);
    return () => {
      this.#running.delete(key);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) wake();
    };
  }

  async #untilChanged(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}

function mostBesideOf(failures: number): number {
  return mostBeside[Math.min(failures - firstSuspicion, mostBeside.length - 1)] ?? 1;
}
