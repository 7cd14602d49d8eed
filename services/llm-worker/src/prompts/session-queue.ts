import { LogUnreadable, type Delivery } from "@natter/session-log";
import type { DefectCounts } from "./defect-counts.ts";
import { isPassing, PromptRunner, type RunnerDeps, type AckDecision, type Survey } from "./prompt-runner.ts";
import { EpochChanged } from "../session/session-state.ts";
import { CoalescedRun } from "../session/coalesced-run.ts";
import type { Slots } from "./slots.ts";

export interface QueueDeps extends RunnerDeps {
  readonly slots: Slots;
  readonly defects: DefectCounts;
  readonly isStopping: () => boolean;
}

/** A delivery in hand, and whether it has a slot of its own. */
interface Held {
  readonly delivery: Delivery;
  hasSlot: boolean;
}

/** Carries of one session that end by a defect before its prompt is given up. */
const mostDefects = 3;
const noneIsCarried: Survey = { readTo: 0, carriedAbove: Number.POSITIVE_INFINITY };
const allAreCarried: Survey = { readTo: Number.POSITIVE_INFINITY, carriedAbove: 0 };

/**
 * The deliveries of one session that this worker has in hand. All of them share one reading of the session,
 * which settles those that need nobody. Of the others one carries the session. The rest wait until that is
 * over, and share the next reading.
 *
 * A delivery that waits has no slot: a person can make any number of them, and they must not keep other
 * sessions from being answered.
 */
export class SessionQueue {
  readonly #deps: QueueDeps;
  readonly #sessionId: string;
  readonly #onEnd: () => void;
  readonly #held = new Set<Held>();
  /** To be looked at, those that waited first. */
  #arrived: Held[] = [];
  /** For the end of the carry. */
  #waiting: Held[] = [];
  #running: PromptRunner | undefined;
  /** The slot of the carry that is over, for one of those that waited for its end. */
  #keepsSlot = false;
  #isLooking = false;
  readonly #reading = new CoalescedRun(() => this.#readNew());
  readonly #ticking: NodeJS.Timeout;
  readonly #ended = Promise.withResolvers<void>();

  /** @param onEnd nothing is in hand any more, and nothing may be added from then on */
  constructor(deps: QueueDeps, sessionId: string, onEnd: () => void) {
    this.#deps = deps;
    this.#sessionId = sessionId;
    this.#onEnd = onEnd;
    this.#ticking = setInterval(() => {
      for (const { delivery } of this.#held) this.#tell(() => delivery.extend());
      this.read();
    }, deps.config.timings.tickMs);
  }

  /** Resolves when nothing is in hand any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** @param delivery has a slot, which it gives back when it needs none any more */
  add(delivery: Delivery): void {
    const held = { delivery, hasSlot: true };
    this.#held.add(held);
    this.#arrived.push(held);
    void this.#look();
  }

  /** Something was withdrawn, or time passed. Any number of calls at once cost two readings. */
  read(): void {
    if (this.#running) void this.#reading.run();
  }

  /** Gives up what it carries, for others to take over. */
  async release(): Promise<void> {
    await this.#running?.release();
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
      const rest = this.#settleCarried(survey);
      if (this.#running === running) this.#assign(rest, running ? undefined : runner);
      // The carry is over meanwhile: a reading of it decides nothing about who is next.
      else this.#arrived.unshift(...rest);
      const unshown = this.#takeArrived((held) => asked.has(held) && held.delivery.seq > survey.readTo);
      if (unshown.length > 0) await this.#fail(unshown, notShown());
    } catch (error) {
      const failed = this.#takeArrived((held) => asked.has(held));
      if (!(running && error instanceof EpochChanged)) await this.#fail(failed, error);
      // The carry ends by that, too, and then the new log is read.
      else if (this.#running === running) this.#wait(failed);
      else this.#arrived.unshift(...failed);
    }
    if (!running) this.#giveKeptSlot();
  }

  /** Acknowledges those that need nobody. Returns the others that the reading shows. */
  #settleCarried(survey: Survey): Held[] {
    const shown = this.#takeArrived(({ delivery }) => delivery.seq <= survey.readTo);
    const rest: Held[] = [];
    for (const held of shown) {
      if (isCarried(held, survey)) this.#settle(held, { kind: "ack" });
      else rest.push(held);
    }
    return rest;
  }

  /** @param runner unset while another one carries the session here */
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
    // From here on it is the carry's.
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
    for (const held of helds) this.#giveSlot(held);
    this.#waiting.push(...helds);
  }

  async #fail(helds: readonly Held[], error: unknown): Promise<void> {
    const { config, logger } = this.#deps;
    logger.warn({ err: error, sessionId: this.#sessionId }, "a session cannot be carried now");
    const survey = isPassing(error) ? noneIsCarried : await this.#giveUp();
    for (const held of helds) {
      const isOver = isCarried(held, survey);
      this.#release(held, isOver ? { kind: "ack" } : { kind: "nak", delayMs: config.timings.nakMs });
    }
  }

  /** An outage passes; a defect comes again, so its prompt is ended after a few of them. Says what is over. */
  async #giveUp(): Promise<Survey> {
    const { defects, logger } = this.#deps;
    const count = defects.add(this.#sessionId);
    if (count < mostDefects) return noneIsCarried;
    try {
      const runner = await PromptRunner.open(this.#deps, this.#sessionId);
      await runner.giveUp();
      return await runner.survey();
    } catch (error) {
      logger.error(
        { err: error, sessionId: this.#sessionId, defects: count },
        "a session's prompt cannot be given up",
      );
      // Without a place in the log that can be read there is nothing left to end.
      return !isPassing(error) && count >= mostDefects * 2 ? allAreCarried : noneIsCarried;
    }
  }

  #settle(held: Held, decision: AckDecision): void {
    this.#release(held, decision);
    this.#deps.defects.forget(this.#sessionId);
  }

  #release(held: Held, decision: AckDecision): void {
    this.#held.delete(held);
    this.#giveSlot(held);
    const { delivery } = held;
    if (decision.kind === "ack") this.#tell(() => delivery.ack());
    else if (decision.kind === "nak") this.#tell(() => delivery.nak(decision.delayMs));
  }

  /** What the broker is not told, it delivers again. */
  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#deps.logger.warn(
        { err: error, sessionId: this.#sessionId },
        "the broker cannot be told of an event in hand",
      );
    }
  }

  #giveSlot(held: Held): void {
    if (held.hasSlot) this.#deps.slots.give();
    held.hasSlot = false;
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
    if (this.#held.size > 0) return;
    clearInterval(this.#ticking);
    this.#onEnd();
    this.#ended.resolve();
  }
}

function isCarried({ delivery }: Held, { readTo, carriedAbove }: Survey): boolean {
  return delivery.seq <= readTo && delivery.seq > carriedAbove;
}

function notShown(): Error {
  return new LogUnreadable({ cause: new Error("the log does not show the event that it delivered") });
}
