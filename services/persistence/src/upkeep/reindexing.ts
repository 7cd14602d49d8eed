import { setTimeout as sleep } from "node:timers/promises";
import { Backoff, type Logger } from "@natter/runtime";
import type { Store } from "../store/store.ts";

/** Pause between two steps, for recording and answers. */
const pauseMs = 20;
/** A process of an earlier version may still write to the same store, so the check repeats. */
const idleMs = 60_000;

/** Brings the search index up to the current version while all other work continues. */
export class Reindexing {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #backoff = new Backoff();
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: { store: Store; logger: Logger }) {
    this.#store = parts.store;
    this.#logger = parts.logger;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the current step. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#backoff.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    let isBusy = false;
    while (!this.#stopped.signal.aborted) {
      const startedMs = performance.now();
      try {
        const isMore = await this.#store.reindexStep();
        if (isMore !== isBusy)
          this.#logger.info({ isMore }, "indexing again what an earlier version indexed");
        isBusy = isMore;
        this.#backoff.reset();
      } catch (error) {
        this.#logger.warn({ err: error }, "the search index cannot be brought up to date now, trying again");
        await this.#backoff.wait();
        continue;
      }
      const tookMs = performance.now() - startedMs;
      await this.#pause(isBusy ? Math.max(pauseMs, tookMs) : idleMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    // An abort ends only the wait.
    await sleep(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }
}
