import type { ClientOptions, NatterClient } from "./client.ts";
import { createClientId } from "./outbox/client-id.ts";
import { NatterError } from "./errors.ts";
import { HttpClient } from "./http/http-client.ts";
import { IndexedDbOutbox } from "./outbox/indexed-db-outbox.ts";
import { LiveSession } from "./session/live-session.ts";
import { MemoryOutbox } from "./outbox/memory-outbox.ts";
import { SessionDirectory } from "./session/session-directory.ts";
import type { SessionServices } from "./session/session-services.ts";
import { Transports } from "./connection/transports.ts";

/** Makes a client. Nothing connects before a session is opened. @throws NatterError without a `url` to go to */
export function createClient(options: ClientOptions = {}): NatterClient {
  const url = options.url ?? globalThis.location?.origin;
  if (url === undefined) throw new NatterError("bad_request", "A client needs a `url`");
  const http = new HttpClient(url, options);
  const sessions = new SessionDirectory(http);
  const { outbox = globalThis.indexedDB ? new IndexedDbOutbox() : new MemoryOutbox() } = options;
  const { outboxEntries = 1_000, pageMessages = 50 } = options;
  const transports = new Transports(http, options);
  const services: SessionServices = { http, sessions, transports, outbox, outboxEntries, pageMessages };
  const open = new Map<string, LiveSession>();
  return {
    sessions,
    get guestToken() {
      return http.guestToken;
    },
    session(sessionId = createClientId()) {
      let session = open.get(sessionId);
      if (!session) {
        session = new LiveSession(sessionId, services);
        open.set(sessionId, session);
      }
      return session;
    },
    rename(next) {
      http.name = next;
      for (const session of open.values()) session.renew();
    },
    close() {
      for (const session of open.values()) session.end();
      open.clear();
    },
  };
}
