import type { Clock } from "./clock.ts";

export interface StateExchangeDeps {
  readonly clock: Clock;
  /** States are published at most once in this time. */
  readonly publishMs: number;
  /** How long the other gateways have for an answer. */
  readonly answerMs: number;
  readonly isConnected: () => boolean;
  readonly isShuttingDown: (gateway: string) => boolean;
  /** The other gateways with a state of this session. */
  readonly peers: () => readonly string[];
  /** Publishes the state of this gateway. With `asks` the others publish theirs. */
  readonly publish: (asks: boolean) => void;
  /** The gateway has no users in this session: it answered neither of two requests. */
  readonly onNoAnswer: (gateway: string) => void;
}

/** Changes within this time are published together. */
const gatherMs = 50;

/** Publishes the state of this gateway in one session, and requests those of the others. */
export class StateExchange {
  readonly #deps: StateExchangeDeps;
  readonly #unanswered = new Set<string>();
  #publishedAt = Number.NEGATIVE_INFINITY;
  #cancelPublish: (() => void) | undefined;
  #cancelRequest: (() => void) | undefined;

  constructor(deps: StateExchangeDeps) {
    this.#deps = deps;
  }

  publishSoon(): void {
    const { clock, publishMs } = this.#deps;
    const waitMs = Math.max(gatherMs, this.#publishedAt + publishMs - clock.now());
    this.#cancelPublish ??= clock.after(waitMs, () => this.#publish(false));
  }

  publishNow(): void {
    this.#publish(false);
  }

  /**
   * Requests the states of the others. An answer can be lost, so there is a second request: if some known gateway did not
   * answer, and always unless `isKnown` says that every gateway with users is known.
   */
  request({ isKnown }: { isKnown: boolean }): void {
    for (const gateway of this.#deps.peers()) this.#unanswered.add(gateway);
    this.#requestOnce(() => {
      if (!isKnown || this.#unanswered.size > 0) this.#requestOnce(() => this.#dropUnanswered());
    });
  }

  onAnswer(gateway: string): void {
    this.#unanswered.delete(gateway);
  }

  close(): void {
    this.#cancelPublish?.();
    this.#cancelRequest?.();
  }

  #requestOnce(onTimeout: () => void): void {
    this.#publish(true);
    this.#cancelRequest?.();
    this.#cancelRequest = this.#deps.clock.after(this.#deps.answerMs, onTimeout);
  }

  #dropUnanswered(): void {
    const { isConnected, isShuttingDown, onNoAnswer } = this.#deps;
    // Nobody could answer. The reconnect requests again.
    if (!isConnected()) return;
    for (const gateway of this.#unanswered) if (!isShuttingDown(gateway)) onNoAnswer(gateway);
    this.#unanswered.clear();
  }

  #publish(asks: boolean): void {
    this.#cancelPublish?.();
    this.#cancelPublish = undefined;
    this.#publishedAt = this.#deps.clock.now();
    this.#deps.publish(asks);
  }
}
