import { subprotocol } from "../connection/wire-constants.ts";

/** The client's end of a socket that never leaves the process. */
export class FakeWebSocket extends EventTarget {
  readonly url: string;
  readonly #other: FakeSocketServer;
  readyState = 0;

  /** What the client offers. */
  readonly offers: readonly string[];
  /** What the server has selected. */
  protocol = "";

  constructor(url: string, offers: readonly string[], other: FakeSocketServer) {
    super();
    this.url = url;
    this.offers = offers;
    this.#other = other;
    // As on a network: not before whoever asked for it can listen.
    queueMicrotask(() => this.#other.opened(this));
  }

  send(data: string): void {
    if (this.readyState !== 1) return;
    queueMicrotask(() => this.#other.received(this, data));
  }

  close(code = 1005, reason = ""): void {
    this.end(code, reason);
  }

  /** The server accepts it. */
  accept(): void {
    this.readyState = 1;
    this.protocol = this.offers.find((offer) => offer === subprotocol) ?? "";
    this.dispatchEvent(new Event("open"));
  }

  /** The server sends something. */
  deliver(data: string): void {
    if (this.readyState === 1) this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  /** One of the two, or what is between them, ends it. */
  end(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#other.closed(this);
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("close"), { code, reason })));
  }
}

export interface FakeSocketServer {
  opened(socket: FakeWebSocket): void;
  received(socket: FakeWebSocket, data: string): void;
  closed(socket: FakeWebSocket): void;
}
