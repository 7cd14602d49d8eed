import { StoreAway, type SessionLog, type StoreClient } from "@natter/broker";
import { decodeObject, promptedMessage, type LogEvent } from "@natter/protocol";
import { Failure } from "./failure.ts";

/** The open prompts of one session, as of the last reading. */
interface Count {
  readonly epoch: string;
  readTo: number;
  readonly open: Set<string>;
  /** Appended here, or being appended, and not read since. */
  readonly pending: Set<string>;
}

const rememberedSessions = 10_000;
/** How long a prompt waits to be counted. */
const readingMs = 250;

/**
 * Keeps a session to its number of open prompts. Below a quarter of it this gateway's own prompts are counted,
 * and nothing is asked; from there on the log is read before each prompt. So one gateway keeps to the number,
 * and each further one can pass it by a quarter.
 */
export class OpenPrompts {
  readonly #log: SessionLog;
  readonly #store: StoreClient;
  readonly #most: number;
  readonly #counts = new Map<string, Count>();
  readonly #readings = new Map<string, Promise<void>>();

  constructor(parts: { log: SessionLog; store: StoreClient; most: number }) {
    this.#log = parts.log;
    this.#store = parts.store;
    this.#most = parts.most;
  }

  /**
   * Counts one more prompt. What cannot be counted in time is let through: a broker or a store that is away says so
   * itself, and must not do it twice as slowly.
   *
   * @returns what takes it back, for a prompt that was not appended
   * @throws Failure `rate_limited` if that is one too many
   */
  async reserve(sessionId: string, promptId: string): Promise<() => void> {
    const known = this.#counts.get(sessionId);
    const isCurrent = known?.epoch === this.#log.epoch;
    if (!isCurrent || sizeOf(known) >= this.#most / 4) await this.#readInTime(sessionId);
    const count = this.#counts.get(sessionId);
    if (!count) return () => undefined;
    const { open, pending } = count;
    if (!open.has(promptId) && !pending.has(promptId) && sizeOf(count) >= this.#most)
      throw new Failure("rate_limited", `A session has at most ${this.#most} open prompts`);
    pending.add(promptId);
    return () => pending.delete(promptId);
  }

  async #readInTime(sessionId: string): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, readingMs);
    await Promise.race([this.#read(sessionId).catch(() => undefined), late.promise]);
    clearTimeout(timer);
  }

  /** Readings of one session at the same time are one. */
  #read(sessionId: string): Promise<void> {
    let reading = this.#readings.get(sessionId);
    if (!reading) {
      reading = this.#readNew(sessionId).finally(() => this.#readings.delete(sessionId));
      this.#readings.set(sessionId, reading);
    }
    return reading;
  }

  async #begin(sessionId: string): Promise<Count> {
    const known = this.#counts.get(sessionId);
    if (known?.epoch === this.#log.epoch) return known;
    const count = await this.#askStore(sessionId);
    this.#counts.delete(sessionId);
    this.#counts.set(sessionId, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > rememberedSessions && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }

  /** With the store away nobody knows how many were open before: what comes from now on is counted. */
  async #askStore(sessionId: string): Promise<Count> {
    const pending = new Set<string>();
    try {
      const { prompts, epoch, appliedSeq } = await this.#store.ask("prompts", { sessionId });
      if (epoch === this.#log.epoch)
        return {
          pending,
          epoch,
          readTo: appliedSeq,
          open: new Set(prompts.map(({ promptId }) => promptId)),
        };
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
    }
    const { epoch } = this.#log;
    return { pending, epoch, readTo: (await this.#log.last(sessionId))?.seq ?? 0, open: new Set() };
  }

  /** @throws LogUnreadable */
  async #readNew(sessionId: string): Promise<void> {
    const count = await this.#begin(sessionId);
    const upTo = (await this.#log.last(sessionId))?.seq ?? 0;
    for await (const { bytes, seq } of this.#log.read(sessionId, { after: count.readTo, upTo })) {
      const event = decodeObject(bytes) as LogEvent | undefined;
      if (event) apply(count, event);
      count.readTo = seq;
    }
  }
}

function apply({ open, pending }: Count, event: LogEvent): void {
  pending.delete(event.id);
  if (event.type === "ai_complete") open.delete(event.promptId);
  else if (promptedMessage(event) !== undefined) open.add(event.id);
}

function sizeOf({ open, pending }: Count): number {
  return open.size + pending.size;
}
