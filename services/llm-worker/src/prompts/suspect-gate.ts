/** How many prompts that lost this many workers each may run beside each other at one worker. */
const maxBeside: readonly number[] = [16, 4, 1];
const firstSuspicion = 2;

interface Waiting {
  readonly failures: number;
  wake: () => void;
}

/**
 * A worker that dies takes all its replies with it, and nobody can say which of them it died of. So a prompt that lost workers
 * before is tried beside ever fewer others of its kind, in the end beside none of them: an innocent one is then answered, and
 * the one that kills workers is given up. Prompts that lost no worker, or one, do not wait.
 */
export class SuspectGate {
  readonly #running = new Map<symbol, number>();
  /** The most suspect first, and of equals who came first. */
  #waiting: Waiting[] = [];

  /**
   * Resolves when a prompt with so many failures may begin. Call what it returns when the prompt is over.
   *
   * @returns `undefined` if the signal came first
   */
  async enter(failures: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (failures < firstSuspicion) return () => undefined;
    const waiting: Waiting = { failures, wake: () => undefined };
    this.#waiting = [...this.#waiting, waiting].sort((left, right) => right.failures - left.failures);
    try {
      while (!signal.aborted) {
        if (this.#waiting[0] === waiting && this.#hasRoomFor(failures)) return this.#begin(failures);
        await changeOf(waiting, signal);
      }
      return undefined;
    } finally {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      this.#waiting[0]?.wake();
    }
  }

  /** Nobody who has to be alone is joined by others, either. */
  #hasRoomFor(failures: number): boolean {
    const bounds = [failures, ...this.#running.values()].map(maxBesideOf);
    return this.#running.size < Math.min(...bounds);
  }

  #begin(failures: number): () => void {
    const key = Symbol("suspect");
    this.#running.set(key, failures);
    return () => {
      this.#running.delete(key);
      this.#waiting[0]?.wake();
    };
  }
}

async function changeOf(waiting: Waiting, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      signal.removeEventListener("abort", settle);
      resolve();
    };
    waiting.wake = settle;
    signal.addEventListener("abort", settle);
  });
}

function maxBesideOf(failures: number): number {
  return maxBeside[Math.min(failures - firstSuspicion, maxBeside.length - 1)] ?? 1;
}
