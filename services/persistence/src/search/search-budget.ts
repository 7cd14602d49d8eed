import { limits } from "@natter/protocol/plain";
import type { SearchTime } from "../store/rows.ts";

/** How much one search may still do: it ends in time, however much there is to look at. */
export class SearchBudget implements SearchTime {
  readonly #startedMs = performance.now();
  readonly #totalMs: number;
  readonly #isGivenUp: () => boolean;
  #taken = 0;

  /** `isGivenUp`: whether nobody wants the answer any more. */
  constructor(totalMs: number, isGivenUp: () => boolean = () => false) {
    this.#totalMs = totalMs;
    this.#isGivenUp = isGivenUp;
  }

  get leftMs(): number {
    return Math.max(0, this.#totalMs - (performance.now() - this.#startedMs));
  }

  get isOutOfTime(): boolean {
    return this.leftMs === 0 || this.#isGivenUp();
  }

  /** From here on the other half is to be kept for another way. */
  get isHalfGone(): boolean {
    return this.isOutOfTime || this.leftMs < this.#totalMs / 2;
  }

  /** Whether one more candidate may be looked at. */
  take(): boolean {
    if (this.#taken >= limits.searchCandidates || this.#isGivenUp()) return false;
    if (this.#taken >= limits.searchCandidatesMin && this.isOutOfTime) return false;
    this.#taken += 1;
    return true;
  }
}
