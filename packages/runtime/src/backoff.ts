import { setTimeout as sleep } from "node:timers/promises";

export interface BackoffBounds {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The delay after so many failures in a row, from 1 on: it doubles with each, up to `maxMs`. */
export function backoffMs(failures: number, { firstMs, maxMs }: BackoffBounds): number {
  return Math.min(firstMs * 2 ** (failures - 1), maxMs);
}

/** The delays between tries of something that fails again and again. */
export class Backoff {
  readonly #bounds: BackoffBounds;
  readonly #cancelled = new AbortController();
  #failures = 0;

  constructor(bounds: BackoffBounds = { firstMs: 100, maxMs: 2_000 }) {
    this.#bounds = bounds;
  }

  get cancelled(): boolean {
    return this.#cancelled.signal.aborted;
  }

  /** After a success: the next delay is the first one again. */
  reset(): void {
    this.#failures = 0;
  }

  /** The delay after one more failure. */
  nextMs(): number {
    this.#failures++;
    return backoffMs(this.#failures, this.#bounds);
  }

  /** Waits for the delay after one more failure. `cancel` cuts the wait short. */
  async wait(): Promise<void> {
    await this.pause(this.nextMs());
  }

  /** Waits `ms`, whatever failed before. `cancel` cuts the wait short. */
  async pause(ms: number): Promise<void> {
    // An abort ends only the wait.
    await sleep(ms, undefined, { signal: this.#cancelled.signal }).catch(() => undefined);
  }

  /** Ends the wait and all later ones. */
  cancel(): void {
    this.#cancelled.abort();
  }
}
