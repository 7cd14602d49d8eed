/** A question that waits for its turn. Neither call rejects. */
export interface Question {
  /** How long its asker waits for the answer. */
  readonly waitMs: number;
  readonly answer: () => Promise<void>;
  readonly refuse: () => void;
}

/** MongoDB answers several at a time. SQLite answers one, whatever is begun here. */
const mostAtOnce = 32;
const mostWaiting = 4_096;
const stopMs = 2_000;

/**
 * Answers questions in their order, and drops those whose asker has given up. After an overload the queue is as
 * long as what is asked within one wait, and no longer.
 *
 * One question is begun in each turn of the event loop: so what comes meanwhile is read and its time counts from
 * then on, and the recorder gets its turns, too.
 */
export class QuestionQueue {
  #waiting: { readonly question: Question; readonly deadlineMs: number }[] = [];
  readonly #running = new Set<Promise<void>>();
  #isTurnDue = false;
  #dropped = 0;
  #isStopped = false;

  /** Questions whose asker had given up. */
  get dropped(): number {
    return this.#dropped;
  }

  add(question: Question): void {
    if (this.#isStopped || this.#waiting.length >= mostWaiting) return question.refuse();
    this.#waiting.push({ question, deadlineMs: performance.now() + question.waitMs });
    this.#nextTurn();
  }

  /** Refuses what waits, and finishes what is being answered, unless the database is silent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { question } of this.#waiting.splice(0)) question.refuse();
    const late = new Promise((resolve) => setTimeout(resolve, stopMs).unref());
    await Promise.race([Promise.all(this.#running), late]);
  }

  #nextTurn(): void {
    if (this.#isTurnDue || this.#waiting.length === 0 || this.#running.size >= mostAtOnce) return;
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
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (next.deadlineMs > nowMs) return next.question;
      this.#dropped++;
    }
    return undefined;
  }
}
