const firstDelayMs = 500;
const mostDelayMs = 5_000;
const healthyMs = 10_000;

/** How long to wait before a process that ended is started again. */
export class Backoff {
  readonly #now: () => number;
  #delayMs = firstDelayMs;
  #startedAt: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#startedAt = now();
  }

  started(): void {
    this.#startedAt = this.#now();
  }

  /** The delay doubles with each end, up to 5 s; 10 s of health bring it back. */
  nextDelayMs(): number {
    if (this.#now() - this.#startedAt >= healthyMs) this.#delayMs = firstDelayMs;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, mostDelayMs);
    return delayMs;
  }
}
