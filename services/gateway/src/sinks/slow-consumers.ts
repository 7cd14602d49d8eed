import { timings } from "@natter/protocol";
import type { Logger } from "@natter/runtime";

/** The outgoing side of one connection, as far as its buffers matter. */
export interface Consumer {
  /** Bytes that this process buffers for the client; 0 after the end. */
  readonly bufferedBytes: number;
  /** Whether something waits that the client could take or confirm. */
  readonly isBehind: boolean;
  /** Changes whenever the client has taken something. */
  readonly takenMark: string;
  /** Ends the connection: the client takes nothing. */
  stall(): void;
  /** Ends the connection: its buffers are needed for others. */
  cut(): void;
}

export interface SlowConsumerTimes {
  /** A client that takes nothing for this long is too slow. */
  readonly stallMs: number;
  /** Between two checks of all consumers. */
  readonly checkMs: number;
}

export interface SlowConsumersDeps {
  readonly logger: Logger;
  /** The bytes that may be buffered for all consumers together. */
  readonly maxBytes: number;
  readonly times: SlowConsumerTimes;
}

interface Progress {
  /** In ms of `performance.now()`; `undefined`: the consumer is not behind. */
  behindSince: number | undefined;
  takenAt: number;
  takenMark: string;
}

export const defaultSlowConsumerTimes: SlowConsumerTimes = { stallMs: timings.stallMs, checkMs: 1_000 };
/** The part of `maxBytes` that is in use after slow consumers were closed. */
const targetShare = 7 / 8;

/**
 * Closes slow consumers: one that takes nothing while something is buffered for it, and, when the buffers of all
 * together are over their bound, the one that has been behind for the longest time. One timer for all of them.
 */
export class SlowConsumers {
  readonly #deps: SlowConsumersDeps;
  readonly #consumers = new Map<Consumer, Progress>();
  /** The last sum of all buffers, and every byte that was added since. Never too low. */
  #usedBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: SlowConsumersDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer = setInterval(() => this.check(performance.now()), this.#deps.times.checkMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  watch(consumer: Consumer): void {
    this.#consumers.set(consumer, { behindSince: undefined, takenAt: 0, takenMark: "" });
  }

  forget(consumer: Consumer): void {
    this.#consumers.delete(consumer);
  }

  /** A consumer buffers this many bytes more. */
  readonly onGrowth = (bytes: number): void => {
    this.#usedBytes += bytes;
    if (this.#usedBytes > this.#deps.maxBytes) this.#makeRoom(performance.now());
  };

  /** Ends the consumers that take nothing. @param now of `performance.now()` */
  check(now: number): void {
    const { stallMs } = this.#deps.times;
    for (const [consumer, progress] of this.#consumers) {
      note(consumer, progress, now);
      if (progress.behindSince !== undefined && now - progress.takenAt >= stallMs) consumer.stall();
    }
    this.#makeRoom(now);
  }

  #makeRoom(now: number): void {
    const { maxBytes, logger } = this.#deps;
    this.#usedBytes = [...this.#consumers.keys()].reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);
    if (this.#usedBytes <= maxBytes) return;
    for (const [consumer, progress] of this.#consumers) note(consumer, progress, now);
    const oldestFirst = [...this.#consumers].sort(
      ([, left], [, right]) => (left.behindSince ?? now) - (right.behindSince ?? now),
    );
    let closed = 0;
    for (const [consumer] of oldestFirst) {
      // A little more room than necessary: otherwise the next frame would count all consumers again.
      if (this.#usedBytes <= maxBytes * targetShare) break;
      if (consumer.bufferedBytes === 0) continue;
      this.#usedBytes -= consumer.bufferedBytes;
      consumer.cut();
      closed++;
    }
    logger.warn({ closed, maxBytes }, "too much is buffered for slow consumers: the slowest are closed");
  }
}

function note(consumer: Consumer, progress: Progress, now: number): void {
  if (!consumer.isBehind) {
    progress.behindSince = undefined;
    return;
  }
  const { takenMark } = consumer;
  if (progress.behindSince === undefined || takenMark !== progress.takenMark) progress.takenAt = now;
  progress.takenMark = takenMark;
  progress.behindSince ??= now;
}
