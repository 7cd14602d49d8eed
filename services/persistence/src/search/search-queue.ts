import { limits, timings, type RpcQuestion, type SearchAnswer } from "@natter/protocol";
import { StoreUnavailable } from "../store/store.ts";

type Question = RpcQuestion<"search">;

interface Waiting {
  readonly question: Question;
  /** By `performance.now()`: when the asker gives up. */
  readonly endsMs: number;
  readonly resolve: (answer: SearchAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Left of an asker's patience for the way of the answer; who has less of it is not searched for any more. */
const returnMs = 50;

/**
 * Searches wait here for their turn. Users take turns, so that many questions of one delay those of another by one search
 * at most; a question is dropped when nobody waits for its answer any more.
 */
export class SearchQueue {
  readonly #run: (question: Question, budgetMs: number) => Promise<SearchAnswer>;
  readonly #maxRunning: number;
  /** The user whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;
  #closed = false;

  constructor(parts: {
    run: (question: Question, budgetMs: number) => Promise<SearchAnswer>;
    maxRunning: number;
  }) {
    this.#run = parts.run;
    this.#maxRunning = parts.maxRunning;
  }

  /** @throws StoreUnavailable if too many wait, or the answer would come too late */
  async ask(question: Question): Promise<SearchAnswer> {
    if (this.#closed) throw new StoreUnavailable("the store is closed");
    const own = this.#waiting.get(question.userId) ?? [];
    // Whoever goes on typing wants the answer to what was typed last.
    if (own.length >= limits.searchesOfUser) own.shift()?.reject(tooMany());
    else if (this.#count() >= limits.searchesWaiting) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<SearchAnswer>();
    const endsMs = performance.now() + timings.storeMs;
    const timer = setTimeout(() => reject(tooLate()), timings.storeMs);
    own.push({ question, endsMs, resolve, reject });
    this.#waiting.set(question.userId, own);
    this.#begin();
    return promise.finally(() => clearTimeout(timer));
  }

  /** Refuses what waits, and everything after it. */
  close(): void {
    this.#closed = true;
    for (const own of this.#waiting.values()) {
      for (const { reject } of own) reject(new StoreUnavailable("the store is being closed"));
    }
    this.#waiting.clear();
  }

  #count(): number {
    return [...this.#waiting.values()].reduce((sum, own) => sum + own.length, 0);
  }

  #begin(): void {
    while (this.#running < this.#maxRunning) {
      const next = this.#take();
      if (!next) return;
      this.#running += 1;
      void this.#answer(next).finally(() => {
        this.#running -= 1;
        this.#begin();
      });
    }
  }

  async #answer({ question, endsMs, resolve, reject }: Waiting): Promise<void> {
    const leftMs = endsMs - returnMs - performance.now();
    try {
      resolve(await this.#run(question, Math.min(timings.searchMs, leftMs)));
    } catch (error) {
      reject(error);
    }
  }

  #take(): Waiting | undefined {
    for (const [userId, own] of this.#waiting) {
      const next = own.shift();
      this.#waiting.delete(userId);
      // To the end of the row.
      if (own.length > 0) this.#waiting.set(userId, own);
      if (!next) continue;
      if (next.endsMs - returnMs > performance.now()) return next;
      next.reject(tooLate());
    }
    return undefined;
  }
}

function tooMany(): StoreUnavailable {
  return new StoreUnavailable("too many searches wait for their turn");
}

function tooLate(): StoreUnavailable {
  return new StoreUnavailable("the search would be answered too late");
}
