import { base64Url } from "../http/base64-url.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { OpenLink } from "./link.ts";
import { subprotocol, tokenPrefix } from "./wire-constants.ts";

/** Links that are WebSockets. */
export function webSocketLinks(http: HttpClient, WebSocketClass: typeof WebSocket): OpenLink {
  return async ({ sessionId, since, signal }, listener) => {
    const token = await http.token();
    signal.throwIfAborted();
    // A browser lets a page set no header here, and an address is in the logs of proxies.
    const offers: string[] = [subprotocol];
    if (token !== undefined) offers.push(tokenPrefix + base64Url(new TextEncoder().encode(token)));
    const url = http.url(`/ws/chat/${encodeURIComponent(sessionId)}/`, { since }).replace(/^http/, "ws");
    const socket = new WebSocketClass(url, offers);
    let wasOpen = false;
    socket.addEventListener("open", () => (wasOpen = true));
    socket.addEventListener("message", ({ data }) => listener.frame(data as string));
    socket.addEventListener("close", ({ code, reason }) => listener.closed({ code, reason, wasOpen }));
    // A `close` follows every error.
    socket.addEventListener("error", () => undefined);
    signal.addEventListener("abort", () => socket.close());
    listener.begun((text) => socket.send(text));
  };
}
