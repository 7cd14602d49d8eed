import type { ClientOptions } from "../client.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { LinkEnd, OpenLink } from "./link.ts";
import { webSocketLinks } from "./web-socket-link.ts";

export type TransportKind = "websocket" | "events";

/** So many sockets in a row have to fail before anything else is suspected. */
const suspiciousFailures = 2;

/** How the sessions of a client connect. What one of them learns about the network holds for all. */
export class Transports {
  readonly #http: HttpClient;
  readonly #sockets: OpenLink | undefined;
  readonly #isAutomatic: boolean;
  kind: TransportKind;
  #unopened = 0;

  constructor(http: HttpClient, { webSocket = globalThis.WebSocket, transport = "auto" }: ClientOptions) {
    this.#http = http;
    // A platform may have none.
    this.#sockets = (webSocket as typeof WebSocket | undefined) && webSocketLinks(http, webSocket);
    this.#isAutomatic = transport === "auto" && this.#sockets !== undefined;
    this.kind = transport === "events" || !this.#sockets ? "events" : "websocket";
  }

  readonly open: OpenLink = async (...request) => {
    if (this.#sockets && this.kind === "websocket") return this.#sockets(...request);
    // Few networks need them, so only those load them.
    const { eventStreamLinks } = await import("./event-stream-link.ts");
    return eventStreamLinks(this.#http)(...request);
  };

  /** Another network may let through what the last one did not. */
  forget(): void {
    this.#unopened = 0;
    if (this.#isAutomatic) this.kind = "websocket";
  }

  /**
   * Learns from an end. A socket that never opens while HTTP is answered is blocked on the way, by a proxy that does
   * not know WebSockets for example; then events are the transport.
   */
  async learn({ wasOpen, code }: LinkEnd): Promise<void> {
    if (!this.#isAutomatic) return;
    if (this.kind === "events") {
      // One more socket is tried: the gateways may just have refused them for a moment.
      this.forget();
      this.#unopened = suspiciousFailures - 1;
      return;
    }
    this.#unopened = wasOpen || code !== 1006 ? 0 : this.#unopened + 1;
    if (this.#unopened < suspiciousFailures) return;
    try {
      await this.#http.json("/readyz");
    } catch {
      return;
    }
    if (this.#unopened >= suspiciousFailures) this.kind = "events";
  }
}
