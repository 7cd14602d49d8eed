const rememberedSessions = 10_000;

/** Counts for each session the runs in a row that a defect ended. */
export class DefectCounts {
  readonly #counts = new Map<string, number>();

  /** Returns how many there are now. */
  add(sessionId: string): number {
    const count = (this.#counts.get(sessionId) ?? 0) + 1;
    this.#counts.delete(sessionId);
    this.#counts.set(sessionId, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > rememberedSessions && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }

  forget(sessionId: string): void {
    this.#counts.delete(sessionId);
  }
}
