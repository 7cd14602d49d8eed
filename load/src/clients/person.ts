import type { ServerFrame, ServerFrameOf } from "@natter/protocol";
import { WebSocket, type RawData } from "ws";
import type { Tally } from "../measuring/tally.ts";
import { PendingSends, type Message } from "./pending-sends.ts";
import type { SessionLedger } from "./session-ledger.ts";
import { SocketChecks } from "./socket-checks.ts";

export interface PersonOptions {
  readonly name: string;
  /** `http://…` of the deployment. */
  readonly url: string;
  readonly sessionId: string;
  readonly ledger: SessionLedger;
  readonly tally: Tally;
}

const openMs = 15_000;
const maxPauseMs = 5_000;
const minRetryMs = 200;

/**
 * One socket of one person, which keeps to docs/protocol.md: it sends each message with one id until it is answered, and comes
 * back with its cursor after a loss. `look` does what needs a timer, so that 10,000 people need one.
 */
export class Person {
  readonly #options: PersonOptions;
  readonly #checks: SocketChecks;
  readonly #sends: PendingSends;
  #socket: WebSocket | undefined;
  #guestToken: string | undefined;
  #isOpen = false;
  #isLeaving = false;
  #connectFromMs = 0;
  #connectAtMs = 0;
  #lastFrameAtMs = 0;
  #heartbeatMs = 30_000;
  #pauseMs = 0;

  constructor(options: PersonOptions) {
    this.#options = options;
    this.#checks = new SocketChecks(options.name, options.tally);
    this.#sends = new PendingSends(options);
  }

  /** Messages whose send nobody has answered yet. */
  get unanswered(): number {
    return this.#sends.size;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @param intendedAtMs when the run wanted this socket to be opened */
  connect(intendedAtMs: number): void {
    this.#connectFromMs = intendedAtMs;
    this.#open();
  }

  send(message: Message): void {
    this.#sends.add(message, this.#isOpen ? this.#write : undefined);
  }

  /** Stops reading from the socket, or goes on. */
  setReading(isReading: boolean): void {
    if (isReading) this.#socket?.resume();
    else this.#socket?.pause();
  }

  leave(): void {
    this.#isLeaving = true;
    this.#socket?.terminate();
  }

  /** To be called a few times a second. */
  look(nowMs: number): void {
    if (!this.#socket) {
      if (!this.#isLeaving && this.#connectAtMs > 0 && nowMs >= this.#connectAtMs) this.#open();
      return;
    }
    if (this.#socket.isPaused) return;
    const silentMs = nowMs - this.#lastFrameAtMs;
    if (silentMs > (this.#isOpen ? 2.5 * this.#heartbeatMs : openMs)) return this.#socket.terminate();
    if (!this.#isOpen) return;
    if (this.#sends.look(nowMs, this.#write)) this.#socket.terminate();
  }

  readonly #write = (text: string): void => this.#socket?.send(text);

  #open(): void {
    const { url, sessionId, name } = this.#options;
    const query = new URLSearchParams({ name });
    if (this.#guestToken !== undefined) query.set("guest", this.#guestToken);
    const { cursor } = this.#checks;
    if (cursor !== undefined) query.set("since", cursor);
    const address = `${url.replace(/^http/, "ws")}/ws/chat/${sessionId}/?${query.toString()}`;
    const socket = new WebSocket(address, { handshakeTimeout: openMs, perMessageDeflate: false });
    this.#socket = socket;
    this.#connectAtMs = 0;
    this.#lastFrameAtMs = performance.now();
    socket.on("error", () => undefined);
    socket.on("ping", () => (this.#lastFrameAtMs = performance.now()));
    socket.on("message", (data: RawData) =>
      this.#onFrame(JSON.parse((data as Buffer).toString()) as ServerFrame),
    );
    socket.on("close", (code) => this.#onClose(code));
  }

  #onClose(code: number): void {
    const { tally, name } = this.#options;
    if (this.#isOpen) tally.sockets--;
    this.#socket = undefined;
    this.#checks.onClose();
    this.#sends.onClose();
    if (this.#isLeaving) return;
    if (this.#isOpen) {
      tally.add("closed");
      this.#connectFromMs = performance.now();
    }
    this.#isOpen = false;
    if (code >= 4_500 && code < 5_000)
      return tally.blame("refused", `${name} was closed for good with ${code}`);
    this.#connectAtMs = performance.now() + Math.random() * Math.max(minRetryMs, this.#pauseMs);
    this.#pauseMs = Math.min(maxPauseMs, Math.max(minRetryMs, this.#pauseMs) * 2);
  }

  #onFrame(frame: ServerFrame): void {
    this.#lastFrameAtMs = performance.now();
    switch (frame.type) {
      case "connection":
        return this.#onConnection(frame);
      case "ack":
        return this.#sends.onAck(frame);
      case "error":
        return this.#sends.onError(frame);
      case "ai_chunk":
        this.#sends.onChunk(frame);
        return this.#checks.onChunk(frame);
      case "ai_text":
        return this.#checks.onText(frame);
      case "ai_start":
        this.#sends.onStart(frame);
        return this.#checks.onEvent(frame);
      case "ai_complete":
        this.#sends.onComplete(frame);
        this.#checks.onEvent(frame);
        this.#checks.onComplete(frame);
        return this.#options.ledger.onComplete(frame);
      case "typing":
      case "user_join":
      case "user_leave":
      case "pong":
      case "going_away":
        return undefined;
      default:
        return this.#checks.onEvent(frame);
    }
  }

  #onConnection(frame: ServerFrameOf<"connection">): void {
    const { tally } = this.#options;
    const isFirst = this.#guestToken === undefined;
    this.#guestToken ??= frame.guestToken;
    this.#heartbeatMs = frame.heartbeatMs;
    this.#pauseMs = 0;
    this.#isOpen = true;
    tally.sockets++;
    tally.add("connections");
    tally.time(isFirst ? "connect" : "reconnect", performance.now() - this.#connectFromMs);
    this.#checks.onConnection(frame);
    this.#sends.resend(this.#write);
  }
}
