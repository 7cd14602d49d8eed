import { StoreAway, type SessionLog, type StoreClient } from "@natter/broker";
import { decodeObject, promptedMessage, type LogEvent } from "@natter/protocol";
import { Failure } from "./failure.ts";

/** The open prompts of one session, as of the last reading. */
interface Count {
  readonly epoch: string;
  readTo: number;
  readonly open: Set<string>;
  /** Appended here, or being appended, and not read since. */
  readonly pending: Map<string, Pending>;
}

/** A prompt that somebody sends, or several at once. */
interface Pending {
  senders: number;
  isAppended: boolean;
}

/** A prompt that is counted while it is appended. */
export interface Reservation {
  /** It is in the log. */
  keep(): void;
  /** This sender did not put it there. Another one may have. */
  release(): void;
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
   * @throws Failure `rate_limited` if that is one too many
   */
  async reserve(sessionId: string, promptId: string): Promise<Reservation> {
    const known = this.#counts.get(sessionId);
    const isCurrent = known?.epoch === this.#log.epoch;
    if (!isCurrent || sizeOf(known) >= this.#most / 4) await this.#readInTime(sessionId);
    const count = this.#counts.get(sessionId);
    if (!count || count.open.has(promptId)) return countedAlready;
    if (!count.pending.has(promptId) && sizeOf(count) >= this.#most)
      throw new Failure("rate_limited", `A session has at most ${this.#most} open prompts`);
    return reservationIn(count, promptId);
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
    const pending = new Map<string, Pending>();
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

const countedAlready: Reservation = { keep: () => undefined, release: () => undefined };

/** What one sender takes back stays counted while another one sends it, or has sent it. */
function reservationIn({ pending }: Count, promptId: string): Reservation {
  const own = pending.get(promptId) ?? { senders: 0, isAppended: false };
  own.senders++;
  pending.set(promptId, own);
  return {
    keep: () => {
      own.senders--;
      own.isAppended = true;
    },
    release: () => {
      own.senders--;
      const isOver = own.senders === 0 && !own.isAppended;
      if (isOver && pending.get(promptId) === own) pending.delete(promptId);
    },
  };
}

function apply({ open, pending }: Count, event: LogEvent): void {
  pending.delete(event.id);
  if (event.type === "ai_complete") open.delete(event.promptId);
  else if (promptedMessage(event) !== undefined) open.add(event.id);
}

function sizeOf({ open, pending }: Count): number {
  return open.size + pending.size;
}
