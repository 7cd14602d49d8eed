import type { Clock } from "../../src/presence/clock.ts";

interface Timer {
  at: number;
  readonly action: () => void;
  readonly everyMs: number | undefined;
}

/** A clock that stands still until a test advances it. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): () => void {
    return this.#add({ at: this.#now + ms, action, everyMs: undefined });
  }

  every(ms: number, action: () => void): () => void {
    return this.#add({ at: this.#now + ms, action, everyMs: ms });
  }

  /** Runs everything that is due within `ms`, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      // After a freeze a timer is late, as in a real process.
      this.#now = Math.max(this.#now, next.at);
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.at = this.#now + next.everyMs;
      next.action();
    }
    this.#now = end;
  }

  /** Lets time pass without running anything, as a process that is frozen. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #next(end: number): Timer | undefined {
    const [first] = [...this.#timers].sort((left, right) => left.at - right.at);
    return first && first.at <= end ? first : undefined;
  }
}
