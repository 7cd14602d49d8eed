import { timings, type IntentFrame } from "@natter/protocol";

type ReadReceipt = Extract<IntentFrame, { type: "read_receipt" }>;

/** Stores `latest` and answers all of `answered`. Never rejects. */
type SendMark = (latest: ReadReceipt, answered: readonly ReadReceipt[]) => Promise<void>;

/**
 * A person who scrolls reads many messages in a second; only the last one matters. The first mark is sent at
 * once, later ones at most once in 2 s, and each of them is answered when one that includes it is stored.
 */
export class ReadMarks {
  readonly #send: SendMark;
  #waiting: ReadReceipt[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(send: SendMark) {
    this.#send = send;
  }

  add(mark: ReadReceipt): void {
    this.#waiting.push(mark);
    if (!this.#timer) this.#flush();
  }

  /** Sends what waits at once, and resolves when all of it is answered. */
  async finish(): Promise<void> {
    this.#flush();
    this.close();
    await this.#sending;
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
    // One after another: marks, too, are stored in the order in which they were sent.
    this.#sending = this.#sending.then(() => this.#send(latest, marks));
  };
}
