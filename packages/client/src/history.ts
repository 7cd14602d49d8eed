import { comparePositions, parseCursor, type PageMessage, type Position } from "@natter/protocol/plain";
import { NatterError, toNatterError } from "./errors.ts";
import { sessionPath, type HttpClient } from "./http-client.ts";
import { backOffMs } from "./reconnect-policy.ts";
import type { HistorySnapshot } from "./snapshots.ts";

interface Page {
  readonly messages: readonly PageMessage[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

export interface HistoryParts {
  readonly http: HttpClient;
  readonly sessionId: string;
  readonly pageMessages: number;
  readonly changed: () => void;
  readonly newest: (page: readonly PageMessage[], upTo: Position) => void;
  readonly older: (page: readonly PageMessage[], upTo: Position) => void;
}

/** Pages of older messages: the newest one until it is here, others when they are asked for. */
export class History {
  readonly #parts: HistoryParts;
  #snapshot: HistorySnapshot = { state: "loading", hasOlder: false };
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reached: Position | undefined;
  #atLeast: Position | undefined;
  #isLoadingNewest = false;
  #oldest: string | undefined;
  #loadingOlder: Promise<boolean> | undefined;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  get snapshot(): HistorySnapshot {
    return this.#snapshot;
  }

  /** Whether the newest page is here and says everything up to `position`. */
  reaches(position: Position): boolean {
    return this.#reached !== undefined && comparePositions(this.#reached, position) >= 0;
  }

  /** Loads the newest page if it is not here. */
  open(): void {
    if (!this.#reached && !this.#isLoadingNewest) this.#loadNewest();
  }

  /** Loads the newest page until one is complete up to `atLeast`. */
  requireNewest(atLeast: Position): void {
    this.#atLeast = atLeast;
    // The answer that is on its way may reach so far.
    if (!this.#isLoadingNewest) this.#loadNewest();
  }

  /** Resolves with whether there are still older ones. @throws NatterError */
  loadOlder(): Promise<boolean> {
    // Whoever is told that a page is here may ask for the next one at once, before the promise of this one settles.
    if (this.#snapshot.state !== "loading-older" || !this.#loadingOlder)
      this.#loadingOlder = this.#loadOlder();
    return this.#loadingOlder;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#isLoadingNewest = false;
    if (this.#snapshot.state === "loading-older") this.#snapshot = { state: "loaded", hasOlder: true };
  }

  #loadNewest(): void {
    this.close();
    this.#isLoadingNewest = true;
    this.#show({ state: "loading", hasOlder: this.#snapshot.hasOlder });
    void this.#tryNewest(0);
  }

  async #tryNewest(failures: number): Promise<void> {
    const { signal } = this.#abort;
    const again = (): void => {
      this.#timer = setTimeout(() => void this.#tryNewest(failures + 1), backOffMs(failures, 1));
    };
    try {
      const { messages, cursor, hasMore } = await this.#page({}, signal);
      const upTo = parseCursor(cursor);
      if (signal.aborted) return;
      if (!upTo) throw new NatterError("internal", "The page has no cursor");
      // It was read before the socket was joined: something could be missing between the two.
      if (this.#atLeast && comparePositions(upTo, this.#atLeast) < 0) return again();
      this.#reached = upTo;
      this.#isLoadingNewest = false;
      this.#oldest = messages[0]?.id;
      this.#snapshot = { state: "loaded", hasOlder: hasMore };
      this.#parts.newest(messages, upTo);
      this.#parts.changed();
    } catch (error) {
      if (signal.aborted) return;
      const failure = toNatterError(error);
      this.#show({ state: "failed", hasOlder: this.#snapshot.hasOlder, error: failure });
      if (failure.temporary) again();
      else this.#isLoadingNewest = false;
    }
  }

  async #loadOlder(): Promise<boolean> {
    const before = this.#oldest;
    if (this.#snapshot.state === "loading" || before === undefined || !this.#snapshot.hasOlder)
      return this.#snapshot.hasOlder;
    const { signal } = this.#abort;
    this.#show({ state: "loading-older", hasOlder: true });
    try {
      const { messages, cursor, hasMore } = await this.#page({ before }, signal);
      const upTo = parseCursor(cursor);
      if (signal.aborted || !upTo) return true;
      this.#oldest = messages[0]?.id ?? before;
      this.#snapshot = { state: "loaded", hasOlder: hasMore };
      this.#parts.older(messages, upTo);
      this.#parts.changed();
      return hasMore;
    } catch (error) {
      if (signal.aborted) return true;
      const failure = toNatterError(error);
      this.#show({ state: "failed", hasOlder: true, error: failure });
      throw failure;
    }
  }

  #page(query: { before?: string }, signal: AbortSignal): Promise<Page> {
    const { http, sessionId, pageMessages } = this.#parts;
    return http.json(`${sessionPath(sessionId)}/messages`, {
      query: { ...query, limit: String(pageMessages) },
      signal,
    });
  }

  #show(snapshot: HistorySnapshot): void {
    this.#snapshot = snapshot;
    this.#parts.changed();
  }
}
