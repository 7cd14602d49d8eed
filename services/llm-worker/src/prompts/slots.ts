/** How many deliveries may be looked at and sessions answered at the same time. */
export class Slots {
  #free: number;
  #freed: (() => void) | undefined;

  constructor(count: number) {
    this.#free = count;
  }

  get free(): number {
    return this.#free;
  }

  take(): void {
    this.#free--;
  }

  give(): void {
    this.#free++;
    this.wake();
  }

  /** Ends the wait for a free one. */
  wake(): void {
    this.#freed?.();
  }

  /** Resolves when one is free, or by `wake`. */
  async untilFree(): Promise<void> {
    if (this.#free > 0) return;
    await new Promise<void>((resolve) => {
      this.#freed = resolve;
    });
  }
}
