import type { Logger } from "@natter/runtime";
import type { Clock } from "./clock.ts";

export interface FailureDetectorTimes {
  readonly heartbeatMs: number;
  /** A gateway without any message for so long is down. */
  readonly downMs: number;
  /** After its shutdown notice, the users of a gateway have so long to come back elsewhere. */
  readonly graceMs: number;
}

export interface FailureDetectorDeps {
  /** The id of this gateway. */
  readonly self: string;
  readonly clock: Clock;
  readonly times: FailureDetectorTimes;
  readonly logger: Logger;
  readonly isConnected: () => boolean;
  readonly publish: (heartbeat: { isShutdown: boolean }) => void;
  /** The users of this gateway have left. */
  readonly onDown: (gateway: string) => void;
  /** Messages may have been lost on either side. */
  readonly onResync: () => void;
}

/** How much later than `heartbeatMs` the own heartbeat may come back. */
const ownHeartbeatSlack = 1.5;

/** Publishes the heartbeats of this gateway, and finds the gateways whose heartbeats stopped. */
export class FailureDetector {
  readonly #deps: FailureDetectorDeps;
  /** Per gateway, of the clock. */
  readonly #lastSeenAt = new Map<string, number>();
  /** The gateways that announced their shutdown, and what cancels the end of their grace. */
  readonly #shutdowns = new Map<string, () => void>();
  #timers: (() => void)[] = [];
  #checkedAt = 0;
  #ownSeenAt = 0;

  constructor(deps: FailureDetectorDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, times, publish } = this.#deps;
    this.#checkedAt = clock.now();
    this.#ownSeenAt = this.#checkedAt;
    this.#timers = [
      clock.every(times.heartbeatMs, () => publish({ isShutdown: false })),
      clock.every(this.#checkMs, () => this.#check()),
    ];
    publish({ isShutdown: false });
  }

  /** Publishes the shutdown notice. */
  stop(): void {
    this.#deps.publish({ isShutdown: true });
    for (const cancel of [...this.#timers, ...this.#shutdowns.values()]) cancel();
  }

  /** Every message of a gateway counts as a heartbeat. */
  onMessage(gateway: string): void {
    const now = this.#deps.clock.now();
    if (gateway === this.#deps.self) this.#ownSeenAt = now;
    else this.#lastSeenAt.set(gateway, now);
  }

  onShutdownNotice(gateway: string): void {
    const { self, clock, times, onDown } = this.#deps;
    if (gateway === self) return;
    this.#lastSeenAt.delete(gateway);
    this.#shutdowns.get(gateway)?.();
    const cancel = clock.after(times.graceMs, () => {
      this.#shutdowns.delete(gateway);
      onDown(gateway);
    });
    this.#shutdowns.set(gateway, cancel);
  }

  /** Whether the gateway announced its shutdown within `graceMs`. Its users are kept until then. */
  isShuttingDown(gateway: string): boolean {
    return this.#shutdowns.has(gateway);
  }

  /** After a reconnect: publishes a heartbeat, and starts every deadline again. */
  resync(): void {
    this.#resetDeadlines();
    this.#deps.publish({ isShutdown: false });
    this.#deps.onResync();
  }

  get #checkMs(): number {
    return Math.min(1_000, this.#deps.times.heartbeatMs);
  }

  #check(): void {
    const { clock, times, isConnected } = this.#deps;
    const now = clock.now();
    const wasPaused = now - this.#checkedAt > times.heartbeatMs + this.#checkMs;
    this.#checkedAt = now;
    // After a pause of this process, missed heartbeats prove nothing, and the other gateways have dropped this one.
    if (wasPaused) return this.resync();
    // The same while this gateway does not receive its own heartbeat: it is cut off without an error.
    const isDeaf = now - this.#ownSeenAt > ownHeartbeatSlack * times.heartbeatMs + this.#checkMs;
    if (isDeaf || !isConnected()) return this.#resetDeadlines();
    for (const [gateway, seenAt] of this.#lastSeenAt)
      if (now - seenAt >= times.downMs) this.#declareDown(gateway);
  }

  #declareDown(gateway: string): void {
    this.#lastSeenAt.delete(gateway);
    this.#deps.logger.warn({ gateway }, "a gateway is down: its users have left");
    this.#deps.onDown(gateway);
  }

  #resetDeadlines(): void {
    for (const gateway of this.#lastSeenAt.keys()) this.#lastSeenAt.set(gateway, this.#deps.clock.now());
  }
}
