/**
 * Keeps a failure that comes again and again from filling the log: of warnings and errors with one message some are
 * written, then ever fewer, each with the number of those that were left out. Pure but for the clock that it is given.
 */
export class RepeatedLines {
  readonly #nowMs: () => number;
  readonly #byMessage = new Map<string, Repetition>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How many lines were left out before this one; `undefined`: this one is left out, too. */
  admit(message: string): number | undefined {
    const nowMs = this.#nowMs();
    const repetition = this.#repetitionOf(message, nowMs);
    repetition.lastMs = nowMs;
    repetition.written++;
    if (repetition.written <= burst) return 0;
    if (nowMs < repetition.nextMs) {
      repetition.leftOut++;
      return undefined;
    }
    const { leftOut, pauseMs } = repetition;
    repetition.leftOut = 0;
    repetition.pauseMs = Math.min(pauseMs * 2, mostPauseMs);
    repetition.nextMs = nowMs + repetition.pauseMs;
    return leftOut;
  }

  /** What was quiet for long enough begins anew. */
  #repetitionOf(message: string, nowMs: number): Repetition {
    const known = this.#byMessage.get(message);
    if (known && nowMs - known.lastMs < quietMs) return known;
    const begun = {
      written: 0,
      leftOut: 0,
      lastMs: nowMs,
      nextMs: nowMs + firstPauseMs,
      pauseMs: firstPauseMs,
    };
    this.#byMessage.set(message, begun);
    return begun;
  }
}

interface Repetition {
  written: number;
  leftOut: number;
  lastMs: number;
  nextMs: number;
  pauseMs: number;
}

/** Lines that are written whatever their pace: an incident of a few lines is told whole. */
const burst = 10;
const firstPauseMs = 1_000;
const mostPauseMs = 60_000;
const quietMs = 120_000;
