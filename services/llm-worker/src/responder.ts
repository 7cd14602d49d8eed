import {
  frameHeads,
  promptedMessage,
  sessionOfControlSubject,
  sessionOfLogSubject,
  startsWith,
  subjects,
} from "@natter/protocol";
import { decodeEvent } from "./event-decoder.ts";
import { ensureResponder, pull, type WakeUp } from "./prompt-feed.ts";
import { isPassing, SessionCarrier, type CarrierParts, type Settlement } from "./session-carrier.ts";

const retryMs = 1_000;
/** Carries of one session that end by a defect before its prompt is given up. */
const mostDefects = 3;
const rememberedSessions = 10_000;

/**
 * Takes wake-ups from the log, as many as it has free slots, and lets each carry its session. It stays alive
 * through everything the broker does: what fails is logged and begun again.
 */
export class Responder {
  readonly #parts: CarrierParts;
  readonly #carriers = new Map<string, { readonly carrier: SessionCarrier; readonly done: Promise<void> }>();
  readonly #held = new Set<Promise<void>>();
  /** By session: carries in a row that ended by a defect. */
  readonly #defects = new Map<string, number>();
  #free: number;
  #freed: (() => void) | undefined;
  #stopping = false;
  #pull: { close(): Promise<unknown> } | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: CarrierParts) {
    this.#parts = parts;
    this.#free = parts.config.slots;
  }

  async start(): Promise<void> {
    const { connection, log, store, config } = this.#parts;
    connection.subscribe(subjects.everyControl, (message) => {
      // It only makes a stop fast: the event in the log is what counts, and every tick looks at it.
      const carrier = this.#carriers.get(sessionOfControlSubject(message.subject))?.carrier;
      if (carrier) void this.#quietly(() => carrier.tick());
    });
    log.onEpoch(() => void this.#pull?.close());
    await ensureResponder(log, store, config.timings.ackWaitMs);
    this.#loop = this.#run();
  }

  /** Lets others take over at once. Nothing that is in hand is lost: it is given back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#freed?.();
    await this.#pull?.close();
    const handovers = Promise.all([...this.#carriers.values()].map(({ carrier }) => carrier.release()));
    await Promise.all([handovers, this.#loop, ...this.#held]);
  }

  async #run(): Promise<void> {
    const { log, store, config, logger } = this.#parts;
    while (!this.#stopping) {
      try {
        await this.#untilFree();
        if (this.#stopping) break;
        const messages = await pull(log, this.#free);
        this.#pull = messages;
        if (this.#stopping) await messages.close();
        for await (const message of messages) this.#take(message);
      } catch (error) {
        if (this.#stopping) break;
        logger.warn({ err: error }, "no events can be taken, trying again");
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        await this.#quietly(async () => {
          await log.ensure();
          await ensureResponder(log, store, config.timings.ackWaitMs);
        });
      }
    }
  }

  async #untilFree(): Promise<void> {
    while (this.#free === 0 && !this.#stopping) {
      await new Promise<void>((resolve) => {
        this.#freed = resolve;
      });
    }
  }

  #take(message: WakeUp): void {
    if (this.#stopping) return message.nak();
    if (!asksForSomething(message.data)) return message.ack();
    this.#free--;
    const held = this.#hold(message).finally(() => {
      this.#held.delete(held);
      this.#free++;
      this.#freed?.();
    });
    this.#held.add(held);
  }

  /** Says that it works as long as the event is in hand. */
  async #hold(message: WakeUp): Promise<void> {
    const { config, logger } = this.#parts;
    const sessionId = sessionOfLogSubject(message.subject);
    const ticking = setInterval(() => {
      void this.#quietly(async () => {
        message.working();
        await this.#carriers.get(sessionId)?.carrier.tick();
      });
    }, config.timings.tickMs);
    try {
      settle(message, await this.#carry(sessionId, message.seq));
      this.#defects.delete(sessionId);
    } catch (error) {
      logger.warn({ err: error, sessionId }, "a session cannot be carried now");
      if (!isPassing(error) && (await this.#giveUp(sessionId, message.seq))) message.ack();
      else message.nak(config.timings.nakMs);
    } finally {
      clearInterval(ticking);
    }
  }

  /** An outage passes; a defect comes again, so its prompt is ended after a few of them. Returns whether it is over. */
  async #giveUp(sessionId: string, seq: number): Promise<boolean> {
    const { logger } = this.#parts;
    const defects = (this.#defects.get(sessionId) ?? 0) + 1;
    this.#defects.delete(sessionId);
    this.#defects.set(sessionId, defects);
    const [oldest] = this.#defects.keys();
    if (this.#defects.size > rememberedSessions && oldest !== undefined) this.#defects.delete(oldest);
    if (defects < mostDefects) return false;
    try {
      const carrier = await SessionCarrier.open(this.#parts, sessionId, seq);
      await carrier.giveUp();
      return await carrier.isCarriedElsewhere();
    } catch (error) {
      logger.error({ err: error, sessionId, defects }, "a session's prompt cannot be given up");
      // Without a place in the log that can be read there is nothing left to end.
      return !isPassing(error) && defects >= mostDefects * 2;
    }
  }

  async #carry(sessionId: string, seq: number): Promise<Settlement> {
    const carrier = await SessionCarrier.open(this.#parts, sessionId, seq);
    if (await carrier.isCarriedElsewhere()) return { kind: "ack" };
    // This worker carries the session already, with another event or an earlier delivery of this one.
    const before = this.#carriers.get(sessionId);
    if (before) {
      await before.done;
      return this.#carry(sessionId, seq);
    }
    if (this.#stopping) return { kind: "nak", delayMs: 0 };
    const carrying = carrier.carry();
    // Those who wait want to know that it is over, not how.
    const done = carrying.then(
      () => undefined,
      () => undefined,
    );
    this.#carriers.set(sessionId, { carrier, done });
    try {
      return await carrying;
    } finally {
      this.#carriers.delete(sessionId);
    }
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.logger.warn({ err: error }, "the log cannot be read now");
    }
  }
}

function settle(message: WakeUp, settlement: Settlement): void {
  if (settlement.kind === "ack") message.ack();
  else if (settlement.kind === "nak") message.nak(settlement.delayMs);
}

/** Most events ask for nothing, and their first bytes say so. */
function asksForSomething(bytes: Uint8Array): boolean {
  const { message, messageEdited, regenerateRequested } = frameHeads;
  if (
    !startsWith(bytes, message) &&
    !startsWith(bytes, messageEdited) &&
    !startsWith(bytes, regenerateRequested)
  )
    return false;
  const event = decodeEvent(bytes);
  return event !== undefined && promptedMessage(event) !== undefined;
}
