import type { SessionLog } from "@natter/session-log";
import { compareEpochs } from "@natter/protocol";
import { Backoff, failpoint, isBroken, type Logger } from "@natter/runtime";
import type { AppliedFloor } from "../answering/applied.ts";
import type { BetweenSteps, Purge, Store } from "../store/store.ts";

interface Deps {
  readonly log: Pick<SessionLog, "epoch" | "purge">;
  readonly store: Store;
  readonly applied: AppliedFloor;
  readonly logger: Logger;
}

/** How often the purger looks for deletions. */
const lookMs = 1_000;
const maxAtOnce = 100;
/** Minimum pause between two steps, for recording and answers. */
const pauseMs = 20;

/**
 * Removes the content of deleted sessions, from the store and then from the log. The deletion event stays in both.
 *
 * Several processes may purge at the same time, and a process may die after each step: a deletion stays pending until both are done,
 * and a repeat changes nothing.
 */
export class SessionPurger {
  readonly #deps: Deps;
  readonly #backoff = new Backoff({ firstMs: lookMs, maxMs: 2 * lookMs });
  #running: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the current step. The rest stays pending. */
  async stop(): Promise<void> {
    this.#backoff.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#backoff.cancelled) {
      try {
        await this.#purgeAll();
        this.#backoff.reset();
      } catch (error) {
        this.#deps.logger.warn({ err: error }, "deleted sessions cannot be purged now, trying again");
      }
      await this.#backoff.wait();
    }
  }

  async #purgeAll(): Promise<void> {
    for (const purge of await this.#deps.store.pendingPurges(maxAtOnce)) {
      if (this.#backoff.cancelled) return;
      if (this.#isRecordedUpTo(purge)) await this.#purge(purge);
    }
  }

  /** Earlier, an event that is not recorded yet could still change the owner of the session. */
  #isRecordedUpTo({ position }: Purge): boolean {
    const { epoch, appliedSeq } = this.#deps.applied.current;
    const difference = compareEpochs(position.epoch, epoch);
    return difference < 0 || (difference === 0 && position.seq <= appliedSeq);
  }

  async #purge(purge: Purge): Promise<void> {
    const { log, store } = this.#deps;
    const deletion = await store.purge(purge, this.#pacing());
    if (deletion === "unfinished") return;
    failpoint("purger.after-store");
    if (deletion && deletion.epoch === log.epoch && !isBroken("purger.leave-log"))
      await log.purge(purge.sessionId, deletion.seq);
    failpoint("purger.after-log");
    await store.endPurge(purge);
  }

  /** A pause as long as the step before it. */
  #pacing(): BetweenSteps {
    let begunMs = performance.now();
    return async () => {
      const tookMs = performance.now() - begunMs;
      await this.#backoff.pause(Math.max(pauseMs, tookMs));
      begunMs = performance.now();
      return !this.#backoff.cancelled;
    };
  }
}
