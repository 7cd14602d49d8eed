import type { Logger } from "@natter/runtime";
import type { DeadLetter, Store } from "../store/store.ts";

/** The place for events that cannot be recorded: kept as they came, counted, and out of the way of all others. */
export class DeadLetters {
  readonly #store: Store;
  readonly #logger: Logger;
  #count = 0;

  constructor(parts: { store: Store; logger: Logger }) {
    this.#store = parts.store;
    this.#logger = parts.logger;
  }

  /** How many this process has kept. */
  get count(): number {
    return this.#count;
  }

  /** Durable once resolved. */
  async keep(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.#store.keepDeadLetters(letters);
    this.#count += letters.length;
    for (const { position, subject, reason, bytes } of letters) {
      this.#logger.error(
        { position, subject, reason, bytes: bytes.length, count: this.#count },
        "an event cannot be recorded, kept as a dead letter",
      );
    }
  }
}
