import type { SessionLog, SessionView } from "@natter/session-log";
import { attemptStepOf, promptedMessage } from "@natter/protocol";
import { Failure } from "../failure.ts";
import { lastDeletion, type FirstAuthor } from "../history/session-deletion.ts";

/** The open prompts of one session at the last read. */
interface Count {
  readonly epoch: string;
  readTo: number;
  /** The events up to `readTo` were not read completely, so the count needs the store. */
  isPartial: boolean;
  isRead: boolean;
  open: ReadonlySet<string>;
  /** Prompts that this gateway appended or appends, and that no read has covered yet. */
  readonly pending: Map<string, Pending>;
  reading?: Promise<void> | undefined;
}

/** A prompt that one or more senders append. */
interface Pending {
  senders: number;
  /** The seq of the prompt in the log. */
  seq?: number;
}

/** Counts a prompt while it is appended. */
export interface Reservation {
  /** The prompt is in the log at `seq`. */
  keep(seq: number): void;
  /** This sender did not append the prompt. Another sender may have. */
  release(): void;
}

const rememberedSessions = 10_000;
/** How long a prompt waits for the count. */
const readingMs = 250;

/**
 * Limits the open prompts of a session. Below a quarter of the limit a gateway counts only its own prompts and reads nothing. From
 * there on it reads the log before each prompt. So one gateway keeps the limit, and each further gateway can exceed it by a quarter.
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
   * Counts one more prompt. If a read takes too long, the gateway uses its own count alone: the append itself reports an unavailable
   * broker, and it must not do so twice as slowly.
   *
   * @throws Failure `rate_limited` if the session has too many open prompts
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

  /** Concurrent reads of one session share one read. */
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
    // While the store is unavailable, the end of the log tells which prompts are open, and the earlier count stays.
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
    // A prompt that was appended before the read and is not in it was purged.
    const seenTo = isCut ? (deletion?.seq ?? 0) : endSeq;
    for (const [id, { seq }] of count.pending)
      if (open.has(id) || (seq !== undefined && seq <= seenTo)) count.pending.delete(id);
    Object.assign(count, { open, readTo: endSeq, isPartial: isCut, isRead: true });
  }

  /** Events expire. If an `ai_complete` expired before a read saw it, its prompt would stay open for ever. */
  async #mayHaveLost(count: Count): Promise<boolean> {
    return sizeOf(count) >= this.#max && (await this.#log.bounds()).firstSeq > count.readTo + 1;
  }
}

const countedAlready: Reservation = { keep: () => undefined, release: () => undefined };

/** A prompt stays counted while another sender appends it or has appended it. */
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
