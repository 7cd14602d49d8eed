import { comparePositions, parseCursor, type PageMessage, type Position } from "@natter/protocol/plain";
import { NatterError, toNatterError } from "../errors.ts";
import { sessionPath, type HttpClient } from "../http/http-client.ts";
import { backOffMs } from "../connection/reconnect-policy.ts";
import type { HistorySnapshot } from "../snapshots.ts";

interface Page {
  readonly messages: readonly PageMessage[];
  readonly cursor: string;
  readonly hasMore: boolean;
  /** Only where the page need not be the last one. */
  readonly hasNewer?: boolean;
}

export interface HistoryDeps {
  readonly http: HttpClient;
  readonly sessionId: string;
  readonly pageMessages: number;
  readonly changed: () => void;
  readonly newest: (page: readonly PageMessage[], upTo: Position) => void;
  /** Comes before or after what is here. */
  readonly more: (page: readonly PageMessage[], upTo: Position) => void;
}

/**
 * Pages of messages: the newest one, or the one around a message, until it is here; those before and after it when they
 * are asked for.
 */
export class History {
  readonly #deps: HistoryDeps;
  #snapshot: HistorySnapshot = { state: "loading", hasOlder: false, hasNewer: false };
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reached: Position | undefined;
  #atLeast: Position | undefined;
  #isLoadingNewest = false;
  /** The message around which a page is wanted in the place of the newest. */
  #around: string | undefined;
  #oldest: string | undefined;
  #newest: string | undefined;
  #loadingMore: Promise<boolean> | undefined;

  constructor(deps: HistoryDeps) {
    this.#deps = deps;
  }

  get snapshot(): HistorySnapshot {
    return this.#snapshot;
  }

  /** Id of the last message that is here, if there are newer ones. */
  get end(): string | undefined {
    return this.#snapshot.hasNewer ? this.#newest : undefined;
  }

  /** Whether the newest page is here and says everything up to `position`. */
  reaches(position: Position): boolean {
    return this.#reached !== undefined && comparePositions(this.#reached, position) >= 0;
  }

  /** Loads the newest page if it is not here. */
  open(): void {
    if (!this.#reached && !this.#isLoadingNewest) this.#loadNewest();
  }

  /** Loads the page around a message in the place of what is here, or the newest. */
  show(around: string | undefined): void {
    this.#around = around;
    // If this is closed meanwhile it is loaded again when it is opened.
    this.#reached = undefined;
    this.#loadNewest();
  }

  /** Loads the newest page until one is complete up to `atLeast`. */
  requireNewest(atLeast: Position): void {
    this.#atLeast = atLeast;
    // The answer that is on its way may reach so far.
    if (!this.#isLoadingNewest) this.#loadNewest();
  }

  /** Resolves with whether there are still more on this side. @throws NatterError */
  load(side: "older" | "newer"): Promise<boolean> {
    // Whoever is told that a page is here may ask for the next one at once, before the promise of this one settles.
    if (this.#snapshot.state !== `loading-${side}` || !this.#loadingMore)
      this.#loadingMore = this.#loadMore(side);
    return this.#loadingMore;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#isLoadingNewest = false;
    if (this.#snapshot.state.startsWith("loading-")) this.#snapshot = { ...this.#snapshot, state: "loaded" };
  }

  #loadNewest(): void {
    this.close();
    this.#isLoadingNewest = true;
    this.#show({ ...this.#snapshot, state: "loading" });
    void this.#tryNewest(0);
  }

  async #tryNewest(failures: number): Promise<void> {
    const { signal } = this.#abort;
    const again = (): void => {
      this.#timer = setTimeout(() => void this.#tryNewest(failures + 1), backOffMs(failures, 1));
    };
    try {
      const {
        messages,
        cursor,
        hasMore,
        hasNewer = false,
      } = await this.#page({ around: this.#around }, signal);
      const upTo = parseCursor(cursor);
      if (signal.aborted) return;
      if (!upTo) throw new NatterError("internal", "The page has no cursor");
      // It was read before the socket was joined: something could be missing between the two.
      if (this.#atLeast && comparePositions(upTo, this.#atLeast) < 0) return again();
      this.#reached = upTo;
      this.#isLoadingNewest = false;
      this.#oldest = messages[0]?.id;
      this.#newest = messages.at(-1)?.id;
      if (!hasNewer) this.#around = undefined;
      this.#snapshot = { state: "loaded", hasOlder: hasMore, hasNewer };
      this.#deps.newest(messages, upTo);
      this.#deps.changed();
    } catch (error) {
      if (signal.aborted) return;
      const failure = toNatterError(error);
      // There is no such message any more.
      if (!failure.temporary && this.#around !== undefined) return this.show(undefined);
      this.#show({ ...this.#snapshot, state: "failed", error: failure });
      if (failure.temporary) again();
      else this.#isLoadingNewest = false;
    }
  }

  async #loadMore(side: "older" | "newer"): Promise<boolean> {
    const isOlder = side === "older";
    const { state, hasOlder, hasNewer } = this.#snapshot;
    const edge = isOlder ? this.#oldest : this.#newest;
    const hasThere = isOlder ? hasOlder : hasNewer;
    if (state.startsWith("loading") || edge === undefined || !hasThere) return hasThere;
    const { signal } = this.#abort;
    this.#show({ state: `loading-${side}`, hasOlder, hasNewer });
    try {
      const page = await this.#page({ [isOlder ? "before" : "after"]: edge }, signal);
      const upTo = parseCursor(page.cursor);
      if (signal.aborted || !upTo) return true;
      const isMore = isOlder ? page.hasMore : page.hasNewer === true;
      if (isOlder) this.#oldest = page.messages[0]?.id ?? edge;
      else this.#newest = page.messages.at(-1)?.id ?? edge;
      this.#snapshot = { ...this.#snapshot, state: "loaded", [isOlder ? "hasOlder" : "hasNewer"]: isMore };
      // Whoever loads the page beside a message reads there.
      this.#around = this.#snapshot.hasNewer ? edge : undefined;
      this.#deps.more(page.messages, upTo);
      this.#deps.changed();
      return isMore;
    } catch (error) {
      if (signal.aborted) return true;
      const failure = toNatterError(error);
      this.#show({ state: "failed", hasOlder, hasNewer, error: failure });
      throw failure;
    }
  }

  #page(query: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<Page> {
    const { http, sessionId, pageMessages } = this.#deps;
    return http.json(`${sessionPath(sessionId)}/messages`, {
      query: { ...query, limit: pageMessages },
      signal,
    });
  }

  #show(snapshot: HistorySnapshot): void {
    this.#snapshot = snapshot;
    this.#deps.changed();
  }
}
