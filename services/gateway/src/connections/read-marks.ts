import { timings, type IntentFrame } from "@natter/protocol";

type ReadReceipt = Extract<IntentFrame, { type: "read_receipt" }>;

/** Stores `latest` and answers all of `answered`. Never rejects. */
type StoreMark = (latest: ReadReceipt, answered: readonly ReadReceipt[]) => Promise<void>;

/**
 * The read marks of one socket. Somebody who scrolls passes many messages in a second, and only the last mark matters. The
 * first is stored at once, later ones at most once in 2 s. Each mark is answered when one that includes it is stored.
 */
export class ReadMarks {
  readonly #store: StoreMark;
  #waiting: ReadReceipt[] = [];
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> = Promise.resolve();

  constructor(store: StoreMark) {
    this.#store = store;
  }

  add(mark: ReadReceipt): void {
    this.#waiting.push(mark);
    if (!this.#timer) this.#flush();
  }

  /** Stores at once what waits, and resolves when all of it is answered. */
  async finish(): Promise<void> {
    this.#flush();
    this.close();
    await this.#storing;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #flush = (): void => {
    this.close();
    const marks = this.#waiting;
    const latest = marks.at(-1);
    if (!latest) return;
    this.#waiting = [];
    this.#timer = setTimeout(this.#flush, timings.readMarkMs);
    // One after another: the marks, too, are stored in the order in which the client sent them.
    this.#storing = this.#storing.then(() => this.#store(latest, marks));
  };
}
