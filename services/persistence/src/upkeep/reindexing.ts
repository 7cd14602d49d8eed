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
  #running: Promise<void> | undefined;

  constructor(deps: { store: Store; logger: Logger }) {
    this.#store = deps.store;
    this.#logger = deps.logger;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Finishes the current step. */
  async stop(): Promise<void> {
    this.#backoff.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    let isBusy = false;
    while (!this.#backoff.cancelled) {
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
      await this.#backoff.pause(isBusy ? Math.max(pauseMs, tookMs) : idleMs);
    }
  }
}
