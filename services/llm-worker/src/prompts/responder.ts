import { eventIn, type Delivery, type Fetch, type WorkQueue } from "@natter/session-log";
import {
  placeIn,
  promptedMessage,
  sessionOfControlSubject,
  sessionOfLogSubject,
  subjects,
  traitsIn,
} from "@natter/protocol";
import { DefectCounts } from "./defect-counts.ts";
import type { PromptRunnerDeps } from "./prompt-runner.ts";
import { SessionQueue, type SessionQueueDeps } from "./session-queue.ts";
import { Slots } from "./slots.ts";

const retryMs = 1_000;

/**
 * Takes deliveries from the prompt queue, as many as it has free slots, and hands each to its session. It stays alive
 * through everything the broker does: it logs what fails and begins again.
 */
export class Responder {
  readonly #deps: SessionQueueDeps;
  readonly #queues = new Map<string, SessionQueue>();
  #stopping = false;
  readonly #promptQueue: WorkQueue;
  #fetch: Fetch | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: PromptRunnerDeps, promptQueue: WorkQueue) {
    this.#promptQueue = promptQueue;
    this.#deps = {
      ...deps,
      slots: new Slots(deps.config.slots),
      defects: new DefectCounts(),
      isStopping: () => this.#stopping,
    };
  }

  async start(): Promise<void> {
    const { connection, log } = this.#deps;
    connection.subscribe(subjects.everyControl, (message) => {
      // It only makes a stop fast: the event in the log is what counts, and every tick looks at it.
      this.#queues.get(sessionOfControlSubject(message.subject))?.read();
    });
    log.onEpoch(() => void this.#fetch?.close());
    await this.#promptQueue.ensure();
    this.#loop = this.#run();
  }

  /**
   * Takes no further prompt. Replies in hand may end until `deadline` aborts, and then other workers take them over. Nothing in
   * hand is lost: the broker delivers it again.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#deps.slots.wake();
    await this.#fetch?.close();
    const queues = [...this.#queues.values()];
    const handovers = queues.map((queue) => queue.release(deadline));
    await Promise.all([...handovers, this.#loop, ...queues.map((queue) => queue.ended)]);
  }

  async #run(): Promise<void> {
    const { logger, slots } = this.#deps;
    while (!this.#stopping) {
      try {
        await slots.untilFree();
        if (this.#stopping) break;
        const fetch = await this.#promptQueue.fetch(slots.free);
        this.#fetch = fetch;
        // `stop` may have run while the fetch was being opened.
        if (this.#stopping) await fetch.close();
        for (let batch = await fetch.take(); batch.length > 0; batch = await fetch.take())
          for (const delivery of batch) this.#take(delivery);
      } catch (error) {
        if (this.#stopping) break;
        logger.warn({ err: error }, "no events can be taken, trying again");
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        await this.#ensureLog();
      }
    }
  }

  /** The stream may be gone. The next fetch makes its consumer again. */
  async #ensureLog(): Promise<void> {
    const { log, logger } = this.#deps;
    try {
      await log.ensure();
    } catch (error) {
      logger.warn({ err: error }, "the log cannot be read now");
    }
  }

  #take(delivery: Delivery): void {
    if (this.#stopping) return delivery.nak();
    if (!asksForSomething(delivery.bytes)) return delivery.ack();
    this.#deps.slots.take();
    this.#queueOf(sessionOfLogSubject(delivery.subject)).add(delivery);
  }

  #queueOf(sessionId: string): SessionQueue {
    let queue = this.#queues.get(sessionId);
    if (!queue) {
      queue = new SessionQueue(this.#deps, sessionId, () => this.#queues.delete(sessionId));
      this.#queues.set(sessionId, queue);
    }
    return queue;
  }
}

/** Whether a worker has to look at the session. Most events ask for nothing, and their first bytes tell it. */
function asksForSomething(bytes: Uint8Array): boolean {
  // The prompts of a deleted session leave the log, and with them what would have woken a worker.
  if (placeIn(bytes).kind === "session_end") return true;
  if (!traitsIn(bytes).asks) return false;
  const event = eventIn(bytes);
  return event !== undefined && promptedMessage(event) !== undefined;
}
