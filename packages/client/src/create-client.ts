import { base64Url } from "./base64-url.ts";
import type { ClientOptions, NatterClient } from "./client.ts";
import { createClientId } from "./client-id.ts";
import { NatterError } from "./errors.ts";
import { HttpClient } from "./http-client.ts";
import { IndexedDbOutbox } from "./indexed-db-outbox.ts";
import { LiveSession } from "./live-session.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { NetworkSignals } from "./network-signals.ts";
import { SessionDirectory } from "./session-directory.ts";
import type { SessionServices } from "./session-services.ts";
import { Transports } from "./transports.ts";

/** Makes a client. Nothing connects before a session is opened. @throws NatterError without a `url` to go to */
export function createClient(options: ClientOptions = {}): NatterClient {
  const url = options.url ?? globalThis.location?.origin;
  if (url === undefined) throw new NatterError("bad_request", "Outside of a page a client needs a `url`");
  const { name, getToken, fetch: ask = globalThis.fetch } = options;
  const http = new HttpClient({
    url,
    name,
    getToken,
    guestToken: options.guestToken ?? (getToken || hasCookies(url) ? undefined : createGuestToken()),
    // In a browser `fetch` wants to be called on its window.
    fetch: (...request) => ask(...request),
  });
  const sessions = new SessionDirectory(http);
  const services: SessionServices = {
    http,
    transports: new Transports(http, {
      webSocket: options.webSocket ?? globalThis.WebSocket,
      transport: options.transport ?? "auto",
    }),
    network: new NetworkSignals(),
    outbox: options.outbox ?? (globalThis.indexedDB ? new IndexedDbOutbox() : new MemoryOutbox()),
    outboxEntries: options.outboxEntries ?? 1_000,
    pageMessages: options.pageMessages ?? 50,
    seen: (sessionId, frame) => sessions.seen(sessionId, frame),
  };
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

/** Whether the server can know a guest by a cookie: a page's own server can. */
function hasCookies(url: string): boolean {
  return globalThis.location !== undefined && new URL(url).origin === globalThis.location.origin;
}

/** Known before the first answer is, so that requests of the first moment are the same guest's. */
function createGuestToken(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(24)));
}
