import type { SessionLog } from "@natter/session-log";
import { compareEpochs, parseEpoch } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { Store } from "../store/store.ts";

/**
 * A broker that was restored to an earlier state gives the same numbers to other events. The store knows the highest number that it
 * has recorded, so the guard notices this and begins a new epoch.
 */
export class EpochGuard {
  readonly #log: SessionLog;
  readonly #store: Store;
  readonly #logger: Logger;

  constructor(parts: { log: SessionLog; store: Store; logger: Logger }) {
    this.#log = parts.log;
    this.#store = parts.store;
    this.#logger = parts.logger;
  }

  /** Compares the log with the store. Resolves with the epoch that is valid from now on. */
  async check(): Promise<string> {
    // The order of these reads matters: the store only grows, so a log that is behind the store afterwards was behind it before.
    const last = await this.#store.lastPosition();
    await this.#log.ensure();
    const { epoch, lastSeq } = await this.#log.bounds();
    if (last === undefined) return epoch;
    const difference = compareEpochs(epoch, last.epoch);
    if (difference > 0 || (difference === 0 && lastSeq >= last.seq)) return epoch;
    if (createdOf(epoch) !== createdOf(last.epoch)) {
      this.#logger.error(
        { epoch, stored: last.epoch },
        "the log is older than the store: is this the right broker?",
      );
      return epoch;
    }
    return this.begin();
  }

  /** Begins a new epoch. All processes compute the same one from what the store holds. */
  async begin(): Promise<string> {
    const last = await this.#store.lastPosition();
    if (last !== undefined) {
      const marker = parseEpoch(last.epoch).marker + last.seq + 1;
      this.#logger.error(
        { stored: last, marker },
        "the log went back behind the store, beginning a new epoch",
      );
      await this.#log.beginEpoch(marker);
    }
    return this.#log.epoch;
  }
}

/** When the stream was made, in ms. */
export function createdOf(epoch: string): number {
  return parseEpoch(epoch).createdMs;
}
