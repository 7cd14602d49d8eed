/**
 * Runs one task, never twice at the same time. Calls during a run share one more run after it. So each call resolves with a run that
 * began after the call, and a thousand calls cost two runs.
 */
export class CoalescedRun {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Rejects with what its run rejects with. */
  async run(): Promise<void> {
    await (this.#next ?? (this.#running ? this.#after(this.#running) : this.#begin()));
  }

  async #after(running: Promise<void>): Promise<void> {
    this.#next = running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    await this.#next;
  }

  async #begin(): Promise<void> {
    const running = this.#work().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    await running;
  }
}
