import type { SessionLog, SessionView } from "@natter/session-log";
import { attemptStepOf, promptedMessage } from "@natter/protocol";
import { Failure } from "../failure.ts";
import { lastDeletion, type FirstAuthor } from "../history/session-deletion.ts";

/** The open prompts of one session, as of the last reading. */
interface Count {
  readonly epoch: string;
  readTo: number;
  /** Not everything up to `readTo` could be read, or nothing was read yet: the store has to be asked. */
  isPartial: boolean;
  isRead: boolean;
  open: ReadonlySet<string>;
  /** Appended here, or being appended, and not read since. */
  readonly pending: Map<string, Pending>;
  reading?: Promise<void> | undefined;
}

/** A prompt that somebody sends, or several at once. */
interface Pending {
  senders: number;
  /** Where it is in the log. */
  seq?: number;
}

/** A prompt that is counted while it is appended. */
export interface Reservation {
  /** It is in the log at `seq`. */
  keep(seq: number): void;
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
  readonly #view: SessionView;
  readonly #max: number;
  readonly #firstAuthor: FirstAuthor;
  readonly #counts = new Map<string, Count>();

  constructor(deps: { log: SessionLog; view: SessionView; max: number; firstAuthor: FirstAuthor }) {
    this.#log = deps.log;
    this.#view = deps.view;
    this.#max = deps.max;
    this.#firstAuthor = deps.firstAuthor;
  }

  /**
   * Counts one more prompt. While a reading takes too long it is let through with those that were counted here alone: a
   * broker or a store that is away says so itself, and must not do it twice as slowly.
   *
   * @throws Failure `rate_limited` if that is one too many
   */
  async reserve(sessionId: string, promptId: string): Promise<Reservation> {
    const count = this.#countOf(sessionId);
    if (!count.isRead || sizeOf(count) >= this.#max / 4) await this.#readInTime(sessionId, count);
    if (count.open.has(promptId)) return countedAlready;
    if (!count.pending.has(promptId) && sizeOf(count) >= this.#max)
      throw new Failure("rate_limited", `A session has at most ${this.#max} open prompts`);
    return reservationIn(count, promptId);
  }

  #countOf(sessionId: string): Count {
    const { epoch } = this.#log;
    const known = this.#counts.get(sessionId);
    if (known?.epoch === epoch) return known;
    const count = {
      epoch,
      readTo: 0,
      isPartial: true,
      isRead: false,
      open: new Set<string>(),
      pending: new Map(),
    };
    this.#counts.delete(sessionId);
    this.#counts.set(sessionId, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > rememberedSessions && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }

  /** Readings of one session at the same time are one. */
  async #readInTime(sessionId: string, count: Count): Promise<void> {
    count.reading ??= this.#read(sessionId, count).finally(() => (count.reading = undefined));
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, readingMs);
    await Promise.race([count.reading.catch(() => undefined), late.promise]);
    clearTimeout(timer);
  }

  /** @throws LogUnreadable */
  async #read(sessionId: string, count: Count): Promise<void> {
    const asksStore = count.isPartial || (await this.#mayHaveLost(count));
    const stored = asksStore ? await this.#view.ask("prompts", { sessionId }, "log-alone") : undefined;
    // With the store away the end of the log says what is open, and what was open before it stays as it was counted.
    const after = stored?.answer ? stored.appliedSeq : count.readTo;
    const { events, isCut, endSeq } = await this.#view.readLog(sessionId, after);
    const deletion = await lastDeletion(events, () => this.#firstAuthor(sessionId));
    const before = stored?.answer?.prompts.map(({ promptId }) => promptId) ?? count.open;
    const open = new Set(deletion ? [] : before);
    for (const { event, seq } of events) {
      count.pending.delete(event.id);
      const step = attemptStepOf(event);
      if (step?.kind === "end") open.delete(step.promptId);
      else if (seq > (deletion?.seq ?? 0) && promptedMessage(event) !== undefined) open.add(event.id);
    }
    // What was appended by then and is not there was purged.
    const seenTo = isCut ? (deletion?.seq ?? 0) : endSeq;
    for (const [id, { seq }] of count.pending)
      if (open.has(id) || (seq !== undefined && seq <= seenTo)) count.pending.delete(id);
    Object.assign(count, { open, readTo: endSeq, isPartial: isCut, isRead: true });
  }

  /** Events expire, and an end that nobody read before it did would leave its prompt open for ever. */
  async #mayHaveLost(count: Count): Promise<boolean> {
    return sizeOf(count) >= this.#max && (await this.#log.bounds()).firstSeq > count.readTo + 1;
  }
}

const countedAlready: Reservation = { keep: () => undefined, release: () => undefined };

/** What one sender takes back stays counted while another one sends it, or has sent it. */
function reservationIn({ pending }: Count, promptId: string): Reservation {
  const own: Pending = pending.get(promptId) ?? { senders: 0 };
  own.senders++;
  pending.set(promptId, own);
  return {
    keep: (seq) => {
      own.senders--;
      own.seq = seq;
    },
    release: () => {
      own.senders--;
      const isOver = own.senders === 0 && own.seq === undefined;
      if (isOver && pending.get(promptId) === own) pending.delete(promptId);
    },
  };
}

function sizeOf({ open, pending }: Count): number {
  return open.size + pending.size;
}
