const longestWaitMs = 2_000;

/** Waits that grow to 2 s while something is away, cut short by `cancel`. */
export class BackOff {
  readonly #firstMs: number;
  #waitMs = 0;
  #cancelled = false;
  #wake: (() => void) | undefined;

  constructor(firstMs = 100) {
    this.#firstMs = firstMs;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  reset(): void {
    this.#waitMs = 0;
  }

  async wait(): Promise<void> {
    if (this.#cancelled) return;
    this.#waitMs = Math.min(longestWaitMs, Math.max(this.#firstMs, this.#waitMs * 2));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  /** Ends the wait and all later ones. */
  cancel(): void {
    this.#cancelled = true;
    this.#wake?.();
  }
}
