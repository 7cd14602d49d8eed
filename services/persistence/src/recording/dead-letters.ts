import type { Logger } from "@natter/runtime";
import type { DeadLetter, Store } from "../store/store.ts";

/** Stores events that cannot be recorded, with their original bytes, and counts them. So they do not block other events. */
export class DeadLetters {
  readonly #store: Store;
  readonly #logger: Logger;
  #count = 0;

  constructor(parts: { store: Store; logger: Logger }) {
    this.#store = parts.store;
    this.#logger = parts.logger;
  }

  /** The number of dead letters of this process. */
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
