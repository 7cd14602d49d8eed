import {
  defined,
  type SearchAnswer,
  type SearchHit,
  type ServerFrame,
  type SessionEntry,
} from "@natter/protocol/plain";
import type { SessionChange, SessionList, SessionListSnapshot } from "../client.ts";
import { createClientId } from "../outbox/client-id.ts";
import { toNatterError } from "../errors.ts";
import { sessionPath, type HttpClient, type HttpRequest } from "../http/http-client.ts";
import { Listeners } from "../observing/listeners.ts";
import { detailsOf } from "./session-facts.ts";
import type { DetailsSnapshot } from "../snapshots.ts";

/** The server's list can be this much behind its log. */
const lagMs = 5_000;

/** The list of sessions: the server's answer, with what this client has seen or changed since. */
export class SessionDirectory implements SessionList {
  readonly #http: HttpClient;
  readonly #listeners = new Listeners();
  #snapshot: SessionListSnapshot = { state: "idle", sessions: [], hasMore: false };
  #isArchive = false;
  #asked = 0;
  /** The server's name for the place after the last loaded session. `undefined` at the end of the list. */
  #next: string | undefined;
  #more: Promise<void> | undefined;
  /** Sessions that this client has deleted. The server's list is behind its log and may still have them. */
  readonly #deleted = new Set<string>();
  /** When this client last saw a message in a session, of `performance.now()`. The server's list may not have it yet. */
  readonly #saidAt = new Map<string, number>();

  constructor(http: HttpClient) {
    this.#http = http;
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add("", listener);
  readonly getSnapshot = (): SessionListSnapshot => this.#snapshot;

  async refresh({ archived = this.#isArchive }: { readonly archived?: boolean } = {}): Promise<void> {
    const asked = ++this.#asked;
    // The answer to an earlier request is ignored.
    this.#more = undefined;
    if (archived !== this.#isArchive) {
      this.#snapshot = { state: "loading", sessions: [], hasMore: false };
      this.#next = undefined;
    }
    this.#isArchive = archived;
    const { sessions, hasMore } = this.#snapshot;
    this.#show({ state: "loading", sessions, hasMore });
    try {
      await this.#load(asked, undefined, sessions.length);
    } catch (error) {
      const failure = toNatterError(error);
      if (asked === this.#asked) this.#show({ ...this.#snapshot, state: "failed", error: failure });
      throw failure;
    }
  }

  loadMore(): Promise<void> {
    if (this.#next === undefined || this.#snapshot.state === "loading") return Promise.resolve();
    const more = (this.#more ??= this.#load(this.#asked, this.#next, 0).finally(() => {
      if (more === this.#more) this.#more = undefined;
    }));
    return more;
  }

  /** Loads pages until `count` sessions have come. Without `after` they replace the sessions that are shown. */
  async #load(asked: number, after: string | undefined, count: number): Promise<void> {
    const loaded: SessionEntry[] = [];
    let next = after;
    do {
      const page = await this.#http.json<{ sessions: SessionEntry[]; next?: string }>("/api/sessions", {
        query: { archived: this.#isArchive, after: next },
      });
      loaded.push(...page.sessions);
      next = page.next;
    } while (next !== undefined && loaded.length < Math.max(count, 1) && asked === this.#asked);
    if (asked !== this.#asked) return;
    this.#next = next;
    const shown = new Map<string, SessionEntry>();
    const since = performance.now() - lagMs;
    const kept = this.#snapshot.sessions.filter(
      ({ sessionId }) => after !== undefined || (this.#saidAt.get(sessionId) ?? -lagMs) > since,
    );
    // A session that moves between two requests can be in both pages. What is shown already has the latest changes.
    for (const entry of [...kept, ...loaded])
      if (!shown.has(entry.sessionId) && !this.#deleted.has(entry.sessionId))
        shown.set(entry.sessionId, entry);
    this.#show({
      state: "loaded",
      sessions: [...shown.values()].sort(compareEntries),
      hasMore: next !== undefined,
    });
  }

  async search(
    query: string,
    { limit, signal }: { readonly limit?: number; readonly signal?: AbortSignal } = {},
  ): Promise<SearchAnswer> {
    // An earlier server does not send `truncated`.
    const { hits, truncated = false } = await this.#http.json<{ hits: SearchHit[]; truncated?: boolean }>(
      "/api/search",
      { query: { q: query, limit }, signal },
    );
    return { hits, truncated };
  }

  async details(sessionId: string): Promise<DetailsSnapshot> {
    return detailsOf(await this.#http.json<DetailsSnapshot>(sessionPath(sessionId)));
  }

  async update(sessionId: string, change: SessionChange): Promise<void> {
    const { title, pinned, archived } = change;
    await this.#change(sessionId, defined({ title, pinned, archived }), { method: "PATCH", body: change });
  }

  rename(sessionId: string, title: string): Promise<void> {
    return this.update(sessionId, { title });
  }

  pin(sessionId: string, pinned: boolean): Promise<void> {
    return this.update(sessionId, { pinned });
  }

  archive(sessionId: string, archived: boolean): Promise<void> {
    return this.update(sessionId, { archived });
  }

  async delete(sessionId: string): Promise<void> {
    this.#deleted.add(sessionId);
    await this.#change(sessionId, undefined, { method: "DELETE" }).catch((error: unknown) => {
      this.#deleted.delete(sessionId);
      throw error;
    });
  }

  /** Shows in the list what happens in an open session, without a request. */
  seen(sessionId: string, frame: ServerFrame): void {
    if (frame.type === "session_deleted") return this.#put(sessionId, undefined);
    if (frame.type === "session_updated" && frame.title !== undefined)
      return this.#put(sessionId, { title: frame.title });
    if (frame.type !== "message" && frame.type !== "ai_complete") return;
    this.#deleted.delete(sessionId);
    this.#saidAt.set(sessionId, performance.now());
    const { id, message, user, sentAt } = frame;
    const lastMessage = { id, message, user, is_user: frame.type === "message" && frame.is_user };
    this.#put(sessionId, { lastMessage, lastActivity: sentAt });
  }

  /** Shows the change, sends it to the server, and takes it back if the server refuses it. */
  async #change(
    sessionId: string,
    shown: Partial<SessionEntry> | undefined,
    request: HttpRequest,
  ): Promise<void> {
    const before = this.#find(sessionId);
    this.#put(sessionId, shown);
    const headers = { "idempotency-key": createClientId() };
    try {
      await this.#http.json(sessionPath(sessionId), { ...request, headers });
    } catch (error) {
      if (before) this.#put(sessionId, before);
      throw error;
    }
  }

  #find(sessionId: string): SessionEntry | undefined {
    return this.#snapshot.sessions.find((entry) => entry.sessionId === sessionId);
  }

  /** Changes an entry, or removes it if there is no change. */
  #put(sessionId: string, change: Partial<SessionEntry> | undefined): void {
    const { sessions, state } = this.#snapshot;
    if (state === "idle") return;
    const kept = sessions.filter((entry) => entry.sessionId !== sessionId);
    const known = this.#find(sessionId);
    // The client knows nothing but this change about the session, which belongs to the other list. So it is not shown.
    const isStrange = !known && (this.#isArchive || change?.lastActivity === undefined);
    const fresh = { sessionId, lastActivity: "", pinned: false, archived: false };
    const entry: SessionEntry = { ...fresh, ...known, ...change };
    if (change && !isStrange && entry.archived === this.#isArchive) kept.push(entry);
    this.#show({ ...this.#snapshot, sessions: kept.sort(compareEntries) });
  }

  #show(snapshot: SessionListSnapshot): void {
    this.#snapshot = snapshot;
    this.#listeners.tell("");
  }
}

function compareEntries(left: SessionEntry, right: SessionEntry): number {
  const [was, is] = [left.lastActivity, right.lastActivity];
  return Number(right.pinned) - Number(left.pinned) || Number(is > was) - Number(is < was);
}
