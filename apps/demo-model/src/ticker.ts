const tickMs = 5;

/** Something that has work at certain times. Returns whether it wants to be asked again. */
export type Paced = (nowMs: number) => boolean;

/** One timer for all streams: a timer for each token of thousands of streams would be most of the work. */
export class Ticker {
  readonly #paced = new Set<Paced>();
  #timer: NodeJS.Timeout | undefined;

  add(paced: Paced): void {
    this.#paced.add(paced);
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
  }

  delete(paced: Paced): void {
    this.#paced.delete(paced);
    if (this.#paced.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    for (const paced of this.#paced) if (!paced(now)) this.delete(paced);
  }
}
