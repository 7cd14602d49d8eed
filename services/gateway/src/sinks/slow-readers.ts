import { timings } from "@natter/protocol";
import type { Logger } from "@natter/runtime";

/** One reader, whichever way its frames go. */
export interface PacedReader {
  /** Bytes that this process holds for it; 0 once it was ended. */
  readonly owedBytes: number;
  /** Whether there is something that it could take, or show that it has taken. */
  readonly isBehind: boolean;
  /** Is another one whenever the reader has taken something. */
  readonly takenMark: string;
  /** It takes nothing any more. */
  stall(): void;
  /** What is held for it is needed for others. */
  cut(): void;
}

export interface SlowReaderTimes {
  readonly stallMs: number;
  readonly lookMs: number;
}

export interface SlowReadersParts {
  readonly logger: Logger;
  /** What all readers together may owe. */
  readonly maxBytes: number;
  readonly times?: SlowReaderTimes | undefined;
}

interface Progress {
  /** In ms of `performance.now()`; `undefined`: the reader is not behind. */
  behindSince: number | undefined;
  takenAt: number;
  takenMark: string;
}

const usualTimes: SlowReaderTimes = { stallMs: timings.stallMs, lookMs: 1_000 };

/**
 * Closes the readers that are a burden: one that takes nothing while something waits for it, and when all of them
 * together owe too much, the one that has been behind for the longest time. One timer for all of them.
 */
export class SlowReaders {
  readonly #parts: SlowReadersParts;
  readonly #times: SlowReaderTimes;
  readonly #readers = new Map<PacedReader, Progress>();
  /** What was counted last, and all that came since: never too low. */
  #usedBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SlowReadersParts) {
    this.#parts = parts;
    this.#times = parts.times ?? usualTimes;
  }

  get stallMs(): number {
    return this.#times.stallMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(performance.now()), this.#times.lookMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  watch(reader: PacedReader): void {
    this.#readers.set(reader, { behindSince: undefined, takenAt: 0, takenMark: "" });
  }

  forget(reader: PacedReader): void {
    this.#readers.delete(reader);
  }

  /** Some reader owes so much more. */
  readonly grew = (bytes: number): void => {
    this.#usedBytes += bytes;
    if (this.#usedBytes > this.#parts.maxBytes) this.#makeRoom(performance.now());
  };

  /** Ends who takes nothing at the time `now`, of `performance.now()`. */
  look(now: number): void {
    for (const [reader, progress] of this.#readers) {
      note(reader, progress, now);
      if (progress.behindSince !== undefined && now - progress.takenAt >= this.#times.stallMs) reader.stall();
    }
    this.#makeRoom(now);
  }

  #makeRoom(now: number): void {
    const { maxBytes, logger } = this.#parts;
    this.#usedBytes = [...this.#readers.keys()].reduce((sum, { owedBytes }) => sum + owedBytes, 0);
    if (this.#usedBytes <= maxBytes) return;
    for (const [reader, progress] of this.#readers) note(reader, progress, now);
    const oldestFirst = [...this.#readers].sort(
      ([, left], [, right]) => (left.behindSince ?? now) - (right.behindSince ?? now),
    );
    let closed = 0;
    for (const [reader] of oldestFirst) {
      // A little more than has to be: otherwise the next frame would count all of them again.
      if (this.#usedBytes <= maxBytes * enough) break;
      if (reader.owedBytes === 0) continue;
      this.#usedBytes -= reader.owedBytes;
      reader.cut();
      closed++;
    }
    logger.warn({ closed, maxBytes }, "readers owe more than they may together: the slowest are closed");
  }
}

/** The part of `maxBytes` that is in use after slow readers were closed. */
const enough = 7 / 8;

function note(reader: PacedReader, progress: Progress, now: number): void {
  if (!reader.isBehind) {
    progress.behindSince = undefined;
    return;
  }
  const { takenMark } = reader;
  if (progress.behindSince === undefined || takenMark !== progress.takenMark) progress.takenAt = now;
  progress.takenMark = takenMark;
  progress.behindSince ??= now;
}
