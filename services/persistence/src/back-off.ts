/** Waits that grow from 100 ms to 2 s while something is away, cut short by `cancel`. */
export class BackOff {
  #waitMs = 0;
  #cancelled = false;
  #wake: (() => void) | undefined;

  get cancelled(): boolean {
    return this.#cancelled;
  }

  reset(): void {
    this.#waitMs = 0;
  }

  async wait(): Promise<void> {
    if (this.#cancelled) return;
    this.#waitMs = Math.min(2_000, Math.max(100, this.#waitMs * 2));
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
