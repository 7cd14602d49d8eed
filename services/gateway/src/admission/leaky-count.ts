/** Counts rare events. It forgets one every `forgetMs`, so events that stay rare never add up. */
export class LeakyCount {
  readonly #forgetMs: number;
  #count = 0;
  #forgottenAt = 0;

  constructor(forgetMs: number) {
    this.#forgetMs = forgetMs;
  }

  /** @param now of `performance.now()`. @returns the count */
  add(now: number): number {
    if (this.#count === 0) this.#forgottenAt = now;
    const forgotten = Math.floor((now - this.#forgottenAt) / this.#forgetMs);
    this.#forgottenAt += forgotten * this.#forgetMs;
    this.#count = Math.max(0, this.#count - forgotten) + 1;
    return this.#count;
  }
}
