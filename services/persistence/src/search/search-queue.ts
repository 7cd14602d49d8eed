import { limits, timings, type RpcQuestion, type SearchAnswer } from "@natter/protocol";
import { StoreUnavailable } from "../store/store.ts";

type Question = RpcQuestion<"search">;

interface Waiting {
  readonly question: Question;
  /** When the asker stops waiting, by `performance.now()`. */
  readonly endsMs: number;
  readonly resolve: (answer: SearchAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Time that the answer needs on its way. A search with less time left is dropped. */
const returnMs = 50;

/**
 * The queue of searches. Users take turns, so many searches of one user delay a search of another user by one search at most. A search
 * is dropped when its asker has stopped waiting.
 */
export class SearchQueue {
  readonly #run: (question: Question, budgetMs: number) => Promise<SearchAnswer>;
  readonly #maxRunning: number;
  /** The user of the next turn comes first. */
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
    // A user who continues to type wants the answer to the latest query.
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

  /** Refuses the waiting searches and all later ones. */
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
      // Moves the user to the end of the queue.
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
