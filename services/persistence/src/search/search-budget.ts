import { limits } from "@natter/protocol/plain";
import type { SearchTime } from "../store/rows.ts";

/** The remaining work of one search. It makes every search end in time. */
export class SearchBudget implements SearchTime {
  readonly #startedMs = performance.now();
  readonly #totalMs: number;
  readonly #isGivenUp: () => boolean;
  #taken = 0;

  /** `isGivenUp`: whether the asker has stopped waiting. */
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

  /** The other half of the budget is reserved for a second method. */
  get isHalfGone(): boolean {
    return this.isOutOfTime || this.leftMs < this.#totalMs / 2;
  }

  /** Whether the search may examine one more candidate. */
  take(): boolean {
    if (this.#taken >= limits.searchCandidates || this.#isGivenUp()) return false;
    if (this.#taken >= limits.searchCandidatesMin && this.isOutOfTime) return false;
    this.#taken += 1;
    return true;
  }
}
