import type { HttpClient } from "../http/http-client.ts";
import type { OutboxStore } from "../outbox/outbox-store.ts";
import type { SessionDirectory } from "./session-directory.ts";
import type { Transports } from "../connection/transports.ts";

/** What the sessions of a client have in common. */
export interface SessionServices {
  readonly http: HttpClient;
  readonly transports: Transports;
  readonly outbox: OutboxStore;
  readonly outboxEntries: number;
  readonly pageMessages: number;
  readonly sessions: SessionDirectory;
}
