import { setTimeout as sleep } from "node:timers/promises";
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

/** How often it is looked for deletions. */
const lookMs = 1_000;
const mostAtOnce = 100;
/** At least so long recording and answers are alone between two steps. */
const pauseMs = 20;

/**
 * Removes what deleted sessions held: from the store, then from the log. The deletion itself stays in both.
 *
 * Any number of processes may do it at the same time, and each step may be the last one that a process does: a
 * deletion is pending until both are done, and doing it again changes nothing.
 */
export class SessionPurger {
  readonly #deps: Deps;
  readonly #pause = new Backoff({ firstMs: lookMs, maxMs: 2 * lookMs });
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the step in hand. The rest stays pending. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#pause.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#pause.cancelled) {
      try {
        await this.#purgeAll();
        this.#pause.reset();
      } catch (error) {
        this.#deps.logger.warn({ err: error }, "deleted sessions cannot be purged now, trying again");
      }
      await this.#pause.wait();
    }
  }

  async #purgeAll(): Promise<void> {
    for (const purge of await this.#deps.store.pendingPurges(mostAtOnce)) {
      if (this.#pause.cancelled) return;
      if (this.#isRecordedUpTo(purge)) await this.#purge(purge);
    }
  }

  /** Before that, an event that is still to come may say that the session is somebody else's. */
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
    const { signal } = this.#stopped;
    let begunMs = performance.now();
    return async () => {
      const tookMs = performance.now() - begunMs;
      // Aborting ends the wait, and nothing else.
      await sleep(Math.max(pauseMs, tookMs), undefined, { signal }).catch(() => undefined);
      begunMs = performance.now();
      return !signal.aborted;
    };
  }
}
