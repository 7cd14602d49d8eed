import { timings, type IntentFrame } from "@natter/protocol";

type ReadReceipt = Extract<IntentFrame, { type: "read_receipt" }>;

/**
 * A person who scrolls reads many messages in a second; only the last one matters. The first mark is sent at
 * once, later ones at most once in 2 s, and each of them is answered when one that includes it is stored.
 */
export class ReadMarks {
  readonly #send: (latest: ReadReceipt, answered: readonly ReadReceipt[]) => void;
  #waiting: ReadReceipt[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (latest: ReadReceipt, answered: readonly ReadReceipt[]) => void) {
    this.#send = send;
  }

  add(mark: ReadReceipt): void {
    this.#waiting.push(mark);
    if (!this.#timer) this.#flush();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #flush = (): void => {
    this.#timer = undefined;
    const marks = this.#waiting;
    const latest = marks.at(-1);
    if (!latest) return;
    this.#waiting = [];
    this.#timer = setTimeout(this.#flush, timings.readMarkMs);
    this.#send(latest, marks);
  };
}
