import type { SearchAnswer, SessionEntry } from "@natter/protocol/plain";
import type { NatterError } from "./errors.ts";
import type { OutboxStore } from "./outbox/outbox-store.ts";
import type { Session } from "./session.ts";
import type { DetailsSnapshot } from "./snapshots.ts";

export interface ClientOptions {
  /** Where natter is, for example `https://chat.example.com`; in a browser the page's own origin if missing. */
  readonly url?: string;
  /** The name that others see. */
  readonly name?: string;
  /**
   * A token for a server that wants one. Asked before each connection and each request; `refresh` is true when the
   * last one was refused, so that a new one is fetched.
   */
  readonly getToken?: (reason: { readonly refresh: boolean }) => string | Promise<string>;
  /** Who a guest without cookies is; made if missing. In a browser the server's cookie does this. */
  readonly guestToken?: string;
  /** Where unsent intents wait. In a browser IndexedDB, elsewhere memory. */
  readonly outbox?: OutboxStore;
  /** Most intents of one session that wait; more are refused with `OutboxFullError`. 1,000 if missing. */
  readonly outboxEntries?: number;
  /** `auto` if missing: WebSocket, and server-sent events where it is blocked. */
  readonly transport?: "auto" | "websocket" | "events";
  /** Messages of one page of history; 50 if missing, at most 100. */
  readonly pageMessages?: number;
  /** For tests and for platforms without these globals. */
  readonly webSocket?: typeof WebSocket;
  readonly fetch?: typeof fetch;
}

export interface SessionListSnapshot {
  /** `idle` until `refresh` was called. */
  readonly state: "idle" | "loading" | "loaded" | "failed";
  /** The pinned ones first, then latest first. */
  readonly sessions: readonly SessionEntry[];
  /** There are more: `loadMore`. */
  readonly hasMore: boolean;
  readonly error?: NatterError;
}

/** What can be changed of a session. The first three for everybody, the others for oneself. */
export interface SessionChange extends Omit<DetailsSnapshot, "canDelete"> {
  readonly pinned?: boolean;
  readonly archived?: boolean;
}

/**
 * The caller's sessions. A store like `Session`. Changes are shown at once and taken back if they are refused; what
 * happens in open sessions is shown, too. Everything rejects with a `NatterError`.
 */
export interface SessionList {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => SessionListSnapshot;
  /** Loads the list again, as far as it was loaded, or the one of the archived or of the other sessions. */
  refresh(options?: { readonly archived?: boolean }): Promise<void>;
  /** Loads the sessions after those that are here. The list stays as it is if that fails. */
  loadMore(): Promise<void>;
  /** Messages in the caller's sessions that contain every word of `query`, latest first; `truncated` if that was too much. */
  search(
    query: string,
    options?: { readonly limit?: number; readonly signal?: AbortSignal },
  ): Promise<SearchAnswer>;
  /** Title, system prompt and model, and what the caller may do, also of a session that is not open. */
  details(sessionId: string): Promise<DetailsSnapshot>;
  update(sessionId: string, change: SessionChange): Promise<void>;
  rename(sessionId: string, title: string): Promise<void>;
  pin(sessionId: string, pinned: boolean): Promise<void>;
  archive(sessionId: string, archived: boolean): Promise<void>;
  /** Removes everything in it, for everybody. Only for the user who sent its first message. */
  delete(sessionId: string): Promise<void>;
}

export interface NatterClient {
  readonly sessions: SessionList;
  /** Who a guest without cookies is; keep it to be the same one later. */
  readonly guestToken: string | undefined;
  /** The session with this id, the same object every time; of a new one if there is no id. It is not opened. */
  session(sessionId?: string): Session;
  /**
   * Another name, from now on. Open sessions connect anew, for a connection has one name; what waits to be sent stays
   * where it is and goes out under the new one.
   */
  rename(name: string): void;
  /** Closes every session, for good. */
  close(): void;
}
