import type { HttpClient } from "./http-client.ts";
import type { Link, LinkListener, OpenLink } from "./link.ts";

/** Links that are WebSockets. */
export function webSocketLinks(http: HttpClient, WebSocketClass: typeof WebSocket): OpenLink {
  return (sessionId, since, listener) =>
    new WebSocketLink(http, WebSocketClass, { sessionId, since, listener });
}

class WebSocketLink implements Link {
  #socket: WebSocket | undefined;
  #listener: LinkListener | undefined;
  #wasOpen = false;

  constructor(
    http: HttpClient,
    WebSocketClass: typeof WebSocket,
    request: { sessionId: string; since: string | undefined; listener: LinkListener },
  ) {
    this.#listener = request.listener;
    http.socketUrl(`/ws/chat/${encodeURIComponent(request.sessionId)}/`, { since: request.since }).then(
      (url) => this.#open(url, WebSocketClass),
      () => this.#end(1006, "no token"),
    );
  }

  send(frame: string): void {
    if (this.#listener && this.#socket?.readyState === 1) this.#socket.send(frame);
  }

  close(): void {
    this.#listener = undefined;
    this.#socket?.close();
  }

  #open(url: string, WebSocketClass: typeof WebSocket): void {
    if (!this.#listener) return;
    const socket = new WebSocketClass(url);
    this.#socket = socket;
    socket.addEventListener("open", () => (this.#wasOpen = true));
    socket.addEventListener("message", ({ data }) => this.#listener?.frame(String(data)));
    socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
    // A `close` follows every error.
    socket.addEventListener("error", () => undefined);
  }

  #end(code: number, reason: string): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.closed({ code, reason, wasOpen: this.#wasOpen });
  }
}
