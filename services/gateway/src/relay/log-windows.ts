import { StoreUnavailable, type SessionLog, type StoredEvent } from "@natter/session-log";
import { limits } from "@natter/protocol";
import { Failure } from "../failure.ts";
import { LogWindow } from "./log-window.ts";
import { Turns } from "./turns.ts";

export interface LogWindowsDeps {
  readonly log: Pick<SessionLog, "epoch" | "readStep" | "countFrom">;
  /** The user who may delete the session. @throws StoreUnavailable, Failure `temporary` */
  readonly firstAuthor: (sessionId: string) => Promise<string | undefined>;
}

/** Seqs of a part of a session's log. */
export interface LogRange {
  readonly after: number;
  readonly upTo: number;
  /** The replay has begun, so its range may have grown meanwhile. */
  readonly isLagging?: boolean;
}

/** About 50 bytes each. */
const rememberedEvents = 200_000;
const rememberedWindows = 2_000;
/** Steps that are read at the same time, each of `limits.logStepBytes`. */
const stepsAtOnce = 16;

/**
 * The windows of recently replayed sessions. With them each byte of a log is read once, however many clients need a replay of it.
 */
export class LogWindows {
  readonly #deps: LogWindowsDeps;
  /** The most recently used window is the last one. */
  readonly #windows = new Map<string, LogWindow>();
  readonly #extending = new Map<string, Promise<unknown>>();
  readonly #turns = new Turns(stepsAtOnce);
  #events = 0;

  constructor(deps: LogWindowsDeps) {
    this.#deps = deps;
  }

  /** The window of the session. It grows while the session has subscribers. */
  of(sessionId: string): LogWindow | undefined {
    return this.#windows.get(sessionId);
  }

  /**
   * The window that covers the range. `undefined` if the range is larger than a replay may be, or if its beginning is not known:
   * the session was deleted in the range, and the gateway cannot tell now whether that deletion is valid.
   *
   * @throws LogUnreadable
   */
  async reach(sessionId: string, range: LogRange): Promise<LogWindow | undefined> {
    const known = this.#windows.get(sessionId);
    if (known?.covers(range.after, range.upTo) && !isUnjudged(known, range)) {
      this.#windows.delete(sessionId);
      this.#windows.set(sessionId, known);
      return fits(known, range) ? known : undefined;
    }
    const before = this.#extending.get(sessionId) ?? Promise.resolve();
    const extending = before.catch(() => undefined).then(() => this.#extend(sessionId, range));
    this.#extending.set(sessionId, extending);
    try {
      return await extending;
    } finally {
      if (this.#extending.get(sessionId) === extending) this.#extending.delete(sessionId);
    }
  }

  /** Adds a live event: the session's first event after `prev`. */
  heard(sessionId: string, { seq, prev, bytes }: { seq: number; prev: number; bytes: Uint8Array }): void {
    const window = this.#windows.get(sessionId);
    if (window && window.upTo >= prev) this.#count(sessionId, window, () => window.append(seq, bytes));
  }

  /** Drops the window, because the log has changed. */
  forget(sessionId: string): void {
    this.#events -= this.#windows.get(sessionId)?.size ?? 0;
    this.#windows.delete(sessionId);
  }

  /** Drops all windows, because a new epoch began. */
  clear(): void {
    this.#windows.clear();
    this.#events = 0;
  }

  async #extend(sessionId: string, range: LogRange): Promise<LogWindow | undefined> {
    const { epoch } = this.#deps.log;
    const window = await this.#begin(sessionId, range);
    if (!window) return undefined;
    while (window.upTo < range.upTo) {
      const events = await this.#step(sessionId, { after: window.upTo, upTo: range.upTo });
      if (this.#deps.log.epoch !== epoch) return undefined;
      this.#count(sessionId, window, () => {
        for (const { seq, bytes } of events) window.append(seq, bytes);
      });
      if (events.length === 0) window.reach(range.upTo);
      if (!fits(window, range)) return undefined;
    }
    const isJudged = !isUnjudged(window, range) || (await this.#judge(sessionId, window));
    return isJudged && fits(window, range) ? window : undefined;
  }

  /** The window to continue from, or a new one. `undefined` if the range is known to be too large. */
  async #begin(sessionId: string, { after, upTo }: LogRange): Promise<LogWindow | undefined> {
    const known = this.#windows.get(sessionId);
    const start = known?.startOf(after) ?? after;
    const isBefore = known !== undefined && start < known.after;
    if (isBefore && known.isFull) return undefined;
    const canGoOn = known !== undefined && !isBefore && start <= known.upTo;
    if (!(await this.#isFew(sessionId, { after: canGoOn ? known.upTo : start, upTo }))) return undefined;
    if (canGoOn) return known;
    const window = new LogWindow(start);
    this.forget(sessionId);
    this.#windows.set(sessionId, window);
    this.#dropOldest();
    return window;
  }

  /** Two seqs have at most as many events between them as numbers, so a request is rarely needed. */
  async #isFew(sessionId: string, { after, upTo }: LogRange): Promise<boolean> {
    if (upTo - after <= limits.replayEvents) return true;
    const count = await this.#deps.log.countFrom(sessionId, after + 1);
    return count === undefined || count <= limits.replayEvents;
  }

  async #step(sessionId: string, range: LogRange): Promise<readonly StoredEvent[]> {
    return this.#turns.take(() => this.#deps.log.readStep(sessionId, range));
  }

  /** @returns whether it is known where the session begins */
  async #judge(sessionId: string, window: LogWindow): Promise<boolean> {
    try {
      for (let deletion = window.unjudged; deletion; deletion = window.unjudged) {
        const author = await this.#deps.firstAuthor(sessionId);
        // Another deletion may have come meanwhile.
        if (window.unjudged !== deletion) continue;
        this.#count(sessionId, window, () => window.judge(deletion.userId === author));
      }
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailable || error instanceof Failure) return false;
      throw error;
    }
  }

  #count(sessionId: string, window: LogWindow, change: () => void): void {
    const { size } = window;
    change();
    if (this.#windows.get(sessionId) === window) this.#events += window.size - size;
    this.#dropOldest();
  }

  #dropOldest(): void {
    while (this.#events > rememberedEvents || this.#windows.size > rememberedWindows) {
      const [oldest] = this.#windows.keys();
      if (oldest === undefined) return;
      this.forget(oldest);
    }
  }
}

function fits(window: LogWindow, { after, isLagging }: LogRange): boolean {
  const start = window.startOf(after);
  return isLagging === true ? window.fitsLagging(start) : window.fits(start);
}

/** Whether the session may begin anew within the range. */
function isUnjudged(window: LogWindow, { after }: LogRange): boolean {
  return (window.unjudged?.seq ?? 0) > after;
}
