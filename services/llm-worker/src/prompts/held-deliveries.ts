import type { Logger } from "@natter/runtime";
import type { Delivery } from "@natter/session-log";
import type { AckDecision } from "./prompt-runner.ts";
import type { Slots } from "./slots.ts";

/** A delivery in hand, and whether it has a slot of its own. */
export interface Held {
  readonly delivery: Delivery;
  hasSlot: boolean;
}

interface HeldDeliveriesDeps {
  readonly sessionId: string;
  readonly slots: Slots;
  readonly logger: Logger;
}

/** The deliveries of one session that this worker has in hand, and their slots. */
export class HeldDeliveries {
  readonly #deps: HeldDeliveriesDeps;
  readonly #held = new Set<Held>();

  constructor(deps: HeldDeliveriesDeps) {
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** @param delivery has a slot, which goes back when the delivery waits or is released */
  add(delivery: Delivery): Held {
    const held = { delivery, hasSlot: true };
    this.#held.add(held);
    return held;
  }

  /** Asks the broker for more time for each of them. */
  extend(): void {
    for (const { delivery } of this.#held) this.#sendToBroker(() => delivery.extend());
  }

  release(held: Held, decision: AckDecision): void {
    this.#held.delete(held);
    this.giveSlot(held);
    const { delivery } = held;
    if (decision.kind === "ack") this.#sendToBroker(() => delivery.ack());
    else if (decision.kind === "nak") this.#sendToBroker(() => delivery.nak(decision.delayMs));
  }

  giveSlot(held: Held): void {
    if (held.hasSlot) this.#deps.slots.give();
    held.hasSlot = false;
  }

  /** A failure here costs no event: the broker delivers it again. */
  #sendToBroker(send: () => void): void {
    try {
      send();
    } catch (error) {
      const { logger, sessionId } = this.#deps;
      logger.warn({ err: error, sessionId }, "the broker cannot be told of an event in hand");
    }
  }
}
