/** A question that waits for its turn. Neither call rejects. */
export interface Question {
  /** Askers take turns. */
  readonly asker: string;
  /** How long its asker waits for the answer. */
  readonly waitMs: number;
  readonly answer: () => Promise<void>;
  readonly refuse: () => void;
}

interface Waiting {
  readonly question: Question;
  /** By `performance.now()`. */
  readonly deadlineMs: number;
}

/** MongoDB answers several at a time. SQLite answers one, whatever is begun here. */
const mostAtOnce = 32;
const mostWaiting = 4_096;
const stopMs = 2_000;

/**
 * Answers the questions of one asker in their order, and drops those whose asker has given up. After an overload the queue
 * is as long as what is asked within one wait, and no longer.
 *
 * Askers take turns, so that many questions of one delay those of another by one answer at most.
 *
 * One question is begun in each turn of the event loop: so what comes meanwhile is read and its time counts from
 * then on, and the recorder gets its turns, too.
 */
export class QuestionQueue {
  /** By asker. The one whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #waitingCount = 0;
  readonly #running = new Set<Promise<void>>();
  #isTurnDue = false;
  #dropped = 0;
  #isStopped = false;

  /** Questions whose asker had given up. */
  get dropped(): number {
    return this.#dropped;
  }

  add(question: Question): void {
    if (this.#isStopped || this.#waitingCount >= mostWaiting) return question.refuse();
    const own = this.#waiting.get(question.asker) ?? [];
    own.push({ question, deadlineMs: performance.now() + question.waitMs });
    this.#waiting.set(question.asker, own);
    this.#waitingCount += 1;
    this.#nextTurn();
  }

  /** Refuses what waits, and finishes what is being answered, unless the database is silent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { question } of [...this.#waiting.values()].flat()) question.refuse();
    this.#waiting.clear();
    this.#waitingCount = 0;
    const late = new Promise((resolve) => setTimeout(resolve, stopMs).unref());
    await Promise.race([Promise.all(this.#running), late]);
  }

  #nextTurn(): void {
    if (this.#isTurnDue || this.#waitingCount === 0 || this.#running.size >= mostAtOnce) return;
    this.#isTurnDue = true;
    setImmediate(() => {
      this.#isTurnDue = false;
      this.#begin();
      this.#nextTurn();
    });
  }

  #begin(): void {
    const question = this.#takeNext();
    if (!question) return;
    const running = question.answer().finally(() => {
      this.#running.delete(running);
      this.#nextTurn();
    });
    this.#running.add(running);
  }

  #takeNext(): Question | undefined {
    const nowMs = performance.now();
    for (const [asker, own] of this.#waiting) {
      const next = own.shift();
      this.#waiting.delete(asker);
      // To the end of the row.
      if (own.length > 0) this.#waiting.set(asker, own);
      if (!next) continue;
      this.#waitingCount -= 1;
      if (next.deadlineMs > nowMs) return next.question;
      this.#dropped++;
    }
    return undefined;
  }
}
