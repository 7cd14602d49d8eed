import { LogUnreadable, type Delivery } from "@natter/session-log";
import type { DefectCounts } from "./defect-counts.ts";
import { isPassing, PromptRunner, type PromptRunnerDeps, type AckDecision } from "./prompt-runner.ts";
import type { Survey } from "./prompt-outlook.ts";
import { EpochChanged } from "../session/session-state.ts";
import { CoalescedRun } from "../session/coalesced-run.ts";
import { HeldDeliveries, type Held } from "./held-deliveries.ts";
import type { Slots } from "./slots.ts";

export interface SessionQueueDeps extends PromptRunnerDeps {
  readonly slots: Slots;
  readonly defects: DefectCounts;
  readonly isStopping: () => boolean;
}

/** After so many runs in a row that a defect ended, the session's prompt ends with an error. */
const maxDefects = 3;
const noneIsCovered: Survey = { readTo: 0, coveredAbove: Number.POSITIVE_INFINITY };
const allAreCovered: Survey = { readTo: Number.POSITIVE_INFINITY, coveredAbove: 0 };

/**
 * The deliveries of one session that this worker has in hand. All of them share one reading of the session,
 * after which those that need no worker are acknowledged. One of the others starts a run of the session. The
 * rest wait until the run is over, and share the next reading.
 *
 * A delivery that waits has no slot: a person can cause any number of them, and they must not delay the
 * answers of other sessions.
 */
export class SessionQueue {
  readonly #deps: SessionQueueDeps;
  readonly #sessionId: string;
  readonly #onEnd: () => void;
  readonly #held: HeldDeliveries;
  /** To be looked at, those that waited first. */
  #arrived: Held[] = [];
  /** They wait for the end of the run. */
  #waiting: Held[] = [];
  #running: PromptRunner | undefined;
  /** Whether the slot of the last run is reserved for one of the deliveries that waited for its end. */
  #keepsSlot = false;
  #isLooking = false;
  readonly #reading = new CoalescedRun(() => this.#readNew());
  readonly #ticking: NodeJS.Timeout;
  readonly #ended = Promise.withResolvers<void>();

  /** @param onEnd nothing is in hand any more, and nothing may be added from then on */
  constructor(deps: SessionQueueDeps, sessionId: string, onEnd: () => void) {
    this.#deps = deps;
    this.#sessionId = sessionId;
    this.#onEnd = onEnd;
    this.#held = new HeldDeliveries({ ...deps, sessionId });
    this.#ticking = setInterval(() => {
      this.#held.extend();
      this.read();
    }, deps.config.timings.tickMs);
  }

  /** Resolves when nothing is in hand any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** @param delivery has a slot, which it gives back when it needs none any more */
  add(delivery: Delivery): void {
    this.#arrived.push(this.#held.add(delivery));
    void this.#look();
  }

  /** Something was withdrawn, or time passed. Any number of calls at once cost two readings. */
  read(): void {
    if (this.#running) void this.#reading.run();
  }

  /** Hands the session over to other workers, at the latest when `deadline` aborts. Until then the reply in hand may end. */
  async release(deadline: AbortSignal): Promise<void> {
    await this.#running?.release(deadline);
  }

  async #readNew(): Promise<void> {
    try {
      await this.#running?.tick();
    } catch (error) {
      this.#deps.logger.warn({ err: error, sessionId: this.#sessionId }, "the log cannot be read now");
    }
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#arrived.length > 0) await this.#lookOnce();
    this.#isLooking = false;
    this.#endIfEmpty();
  }

  async #lookOnce(): Promise<void> {
    const running = this.#running;
    const asked = new Set(this.#arrived);
    try {
      const runner = running ?? (await PromptRunner.open(this.#deps, this.#sessionId));
      await running?.tick();
      const survey = await runner.survey();
      const rest = this.#ackCovered(survey);
      if (this.#running === running) this.#assign(rest, running ? undefined : runner);
      // The run ended meanwhile: its reading is too old to choose the next delivery.
      else this.#arrived.unshift(...rest);
      const unshown = this.#takeArrived((held) => asked.has(held) && held.delivery.seq > survey.readTo);
      if (unshown.length > 0) await this.#fail(unshown, notShown());
    } catch (error) {
      const failed = this.#takeArrived((held) => asked.has(held));
      if (!(running && error instanceof EpochChanged)) await this.#fail(failed, error);
      // The new epoch ends the run too, and then the new log is read.
      else if (this.#running === running) this.#wait(failed);
      else this.#arrived.unshift(...failed);
    }
    if (!running) this.#giveKeptSlot();
  }

  /** Acknowledges the deliveries that need no worker. Returns the others that the reading shows. */
  #ackCovered(survey: Survey): Held[] {
    const shown = this.#takeArrived(({ delivery }) => delivery.seq <= survey.readTo);
    const rest: Held[] = [];
    for (const held of shown) {
      if (isCovered(held, survey)) this.#settle(held, { kind: "ack" });
      else rest.push(held);
    }
    return rest;
  }

  /** @param runner unset while a run of the session is going on here */
  #assign(rest: readonly Held[], runner: PromptRunner | undefined): void {
    const [first, ...others] = rest;
    if (!first) return;
    if (!runner) return this.#wait(rest);
    if (this.#deps.isStopping()) {
      for (const held of rest) this.#settle(held, { kind: "nak", delayMs: 0 });
      return;
    }
    this.#wait(others);
    if (!first.hasSlot) this.#keepsSlot = false;
    // The run owns the slot from here on.
    first.hasSlot = false;
    this.#running = runner;
    void this.#run(runner, first);
  }

  async #run(runner: PromptRunner, held: Held): Promise<void> {
    try {
      this.#settle(held, await runner.run(held.delivery.seq));
    } catch (error) {
      await this.#fail([held], error);
    }
    this.#running = undefined;
    if (this.#waiting.length === 0) this.#deps.slots.give();
    else this.#keepsSlot = true;
    this.#arrived.unshift(...this.#waiting);
    this.#waiting = [];
    await this.#look();
  }

  #wait(helds: readonly Held[]): void {
    for (const held of helds) this.#held.giveSlot(held);
    this.#waiting.push(...helds);
  }

  async #fail(helds: readonly Held[], error: unknown): Promise<void> {
    const { config, logger } = this.#deps;
    logger.warn({ err: error, sessionId: this.#sessionId }, "a session cannot be carried now");
    const survey = isPassing(error) ? noneIsCovered : await this.#endAfterDefects();
    for (const held of helds) {
      const isOver = isCovered(held, survey);
      this.#held.release(held, isOver ? { kind: "ack" } : { kind: "nak", delayMs: config.timings.nakMs });
    }
  }

  /** An outage passes; a defect comes again, so its prompt is ended after a few of them. Returns what is over. */
  async #endAfterDefects(): Promise<Survey> {
    const { defects, logger } = this.#deps;
    const count = defects.add(this.#sessionId);
    if (count < maxDefects) return noneIsCovered;
    try {
      const runner = await PromptRunner.open(this.#deps, this.#sessionId);
      await runner.endAfterDefects();
      return await runner.survey();
    } catch (error) {
      logger.error(
        { err: error, sessionId: this.#sessionId, defects: count },
        "a session's prompt cannot be given up",
      );
      // Without a place in the log that can be read there is nothing left to end.
      return !isPassing(error) && count >= maxDefects * 2 ? allAreCovered : noneIsCovered;
    }
  }

  #settle(held: Held, decision: AckDecision): void {
    this.#held.release(held, decision);
    this.#deps.defects.forget(this.#sessionId);
  }

  #giveKeptSlot(): void {
    if (this.#keepsSlot) this.#deps.slots.give();
    this.#keepsSlot = false;
  }

  #takeArrived(isTaken: (held: Held) => boolean): Held[] {
    const taken = this.#arrived.filter(isTaken);
    this.#arrived = this.#arrived.filter((held) => !isTaken(held));
    return taken;
  }

  #endIfEmpty(): void {
    if (!this.#held.isEmpty) return;
    clearInterval(this.#ticking);
    this.#onEnd();
    this.#ended.resolve();
  }
}

function isCovered({ delivery }: Held, { readTo, coveredAbove }: Survey): boolean {
  return delivery.seq <= readTo && delivery.seq > coveredAbove;
}

function notShown(): Error {
  return new LogUnreadable({ cause: new Error("the log does not show the event that it delivered") });
}
