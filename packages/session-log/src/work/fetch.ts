import type { ConsumerMessages } from "@nats-io/jetstream";
import { toDelivery, type Delivery } from "./delivery.ts";

/** Deliveries of one fetch, handed out in batches as they come. */
export class Fetch {
  readonly #arrived: Delivery[] = [];
  readonly #close: () => Promise<unknown>;
  readonly #guard: NodeJS.Timeout;
  #isOver = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(messages: ConsumerMessages, guardMs: number) {
    this.#close = () => messages.close();
    // A fetch ends by itself. The guard is for the case that a reconnect lost its end.
    this.#guard = setTimeout(() => void this.close(), guardMs);
    void this.#read(messages);
  }

  /**
   * What has come since the last call, at least one delivery. Empty: the fetch is over.
   *
   * @throws what ended the fetch early
   */
  async take(): Promise<Delivery[]> {
    while (this.#arrived.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const taken = this.#arrived.splice(0);
    if (taken.length === 0 && this.#error !== undefined) throw this.#error;
    return taken;
  }

  /** Ends the fetch. `take` still returns what has come. */
  async close(): Promise<void> {
    await this.#close();
  }

  /** After `close`: what was never taken. */
  rest(): Delivery[] {
    return this.#arrived.splice(0);
  }

  async #read(messages: ConsumerMessages): Promise<void> {
    try {
      for await (const message of messages) {
        this.#arrived.push(toDelivery(message));
        this.#wake?.();
      }
    } catch (error) {
      this.#error = error;
    }
    clearTimeout(this.#guard);
    this.#isOver = true;
    this.#wake?.();
  }
}
