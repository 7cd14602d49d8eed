import { randomUUIDv7 } from "node:crypto";
import {
  comparePositions,
  parseCursor,
  type ClientFrame,
  type IntentFrame,
  type Position,
  type ServerFrame,
  type ServerFrameOf,
} from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { WebSocket, type RawData } from "ws";
import type { Random } from "../random.ts";
import { fetchPage } from "./history-reader.ts";
import { RecordedJournal } from "./recorded-journal.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "id" | "retry"> : never;
/** What a client wants; the client gives it its id. */
export type Wish = WithoutId<IntentFrame>;

export interface ClientOptions {
  /** In the report. */
  readonly name: string;
  /** For the others in the session. */
  readonly person: string;
  readonly sessionId: string;
  /** `<host>:<port>` of each gateway; the first one is taken first, and after a loss the next one. */
  readonly addresses: readonly string[];
  /** Who it is. Clients of one person share it. */
  readonly guestToken: string;
  readonly random: Random;
}

interface Pending {
  readonly frame: ClientFrame & { readonly id: string };
  tries: number;
  sentAtMs: number;
  readonly settle: (ack: ServerFrameOf<"ack"> | undefined) => void;
}

const ackMs = 8_000;
const silenceMs = 5_000;
const openMs = 8_000;
const mostPauseMs = 2_000;
const retryMs = 300;
const lookMs = 250;

/**
 * A client that keeps to docs/protocol.md and writes down all it does and sees. It sends each intent with one
 * id until it is answered, comes back with its cursor, and takes another gateway after every loss.
 */
export class CarefulClient {
  readonly journal: RecordedJournal;
  /** Ids of what it asked and got an ack for. */
  readonly prompts = new Set<string>();
  readonly options: ClientOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #completed = new Set<string>();
  #socket: WebSocket | undefined;
  #isOpen = false;
  #isStopped = false;
  #turn = 0;
  #pauseMs = 0;
  #heardAtMs = 0;
  #pingedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #position: Position | undefined;
  #lastEvent: Position | undefined;

  constructor(options: ClientOptions) {
    this.options = options;
    this.journal = new RecordedJournal(options.name);
    this.comeBack();
  }

  /** The place of the last event that it got. */
  get lastEvent(): Position | undefined {
    return this.#lastEvent;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Ids of what was sent and not answered. */
  get unanswered(): string[] {
    return [...this.#pending.keys()];
  }

  /** Whether it is connected and has everything up to there, or has left. */
  hasSeen(end: Position | undefined): boolean {
    if (this.#isStopped || end === undefined) return true;
    return this.#position !== undefined && comparePositions(this.#position, end) >= 0;
  }

  /** Whether it saw the end of the reply to this prompt. */
  hasSeenEndOf(promptId: string): boolean {
    return this.#completed.has(promptId);
  }

  async untilOpen(timeoutMs = 60_000): Promise<void> {
    await waitFor(() => this.#isOpen, { what: `${this.options.name} to be connected`, timeoutMs });
  }

  /** Sends it, again and again, until it is answered. `undefined`: refused for good. */
  async send(wish: Wish, id: string = randomUUIDv7()): Promise<ServerFrameOf<"ack"> | undefined> {
    return new Promise((resolve) => {
      const settle = (ack: ServerFrameOf<"ack"> | undefined): void => {
        this.#pending.delete(id);
        if (ack?.messageId !== undefined && isPrompt(wish)) this.prompts.add(ack.messageId);
        resolve(ack);
      };
      const pending: Pending = { frame: { ...wish, id }, tries: 0, sentAtMs: 0, settle };
      this.#pending.set(id, pending);
      if (this.#isOpen) this.#sendNow(pending);
    });
  }

  /** As if the network had failed. It comes back by itself. */
  drop(): void {
    this.#socket?.terminate();
  }

  /** Stops reading from its socket, or goes on. */
  setReading(isReading: boolean): void {
    if (isReading) this.#socket?.resume();
    else this.#socket?.pause();
  }

  /** Goes, and does not come back by itself. */
  leave(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#socket?.terminate();
  }

  comeBack(): void {
    this.#isStopped = false;
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#connect();
  }

  #connect(): void {
    if (this.#isStopped) return;
    const { addresses, sessionId, guestToken, person } = this.options;
    const gateway = addresses[this.#turn % addresses.length] ?? "";
    this.#turn++;
    const query = new URLSearchParams({ guest: guestToken, name: person });
    const since = this.#position && `${this.#position.epoch}.${this.#position.seq}`;
    if (since !== undefined) query.set("since", since);
    const socket = new WebSocket(`ws://${gateway}/ws/chat/${sessionId}/?${query.toString()}`, {
      handshakeTimeout: openMs,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    this.#heardAtMs = performance.now();
    this.#pingedAtMs = 0;
    this.journal.add({ kind: "opened", gateway, ...(since === undefined ? {} : { since }) });
    socket.on("error", () => undefined);
    socket.on("ping", () => (this.#heardAtMs = performance.now()));
    socket.on("message", (data: RawData) => {
      if (socket === this.#socket) this.#onFrame(JSON.parse((data as Buffer).toString()) as ServerFrame);
    });
    socket.on("close", (code) => {
      if (socket === this.#socket) this.#onClose(code);
    });
  }

  #onClose(code: number): void {
    this.#isOpen = false;
    this.#socket = undefined;
    this.journal.add({ kind: "closed", code });
    if (this.#isStopped || (code >= 4_500 && code < 5_000)) return;
    const pauseMs = this.options.random.next() * Math.max(200, this.#pauseMs);
    this.#pauseMs = Math.min(mostPauseMs, Math.max(200, this.#pauseMs) * 2);
    setTimeout(() => this.#connect(), pauseMs);
  }

  #onFrame(frame: ServerFrame): void {
    this.#heardAtMs = performance.now();
    this.#pingedAtMs = 0;
    this.journal.add({ kind: "got", frame });
    if (frame.type === "connection") return void this.#onConnection(frame);
    if (frame.type === "ack") return this.#pending.get(frame.id)?.settle(frame);
    if (frame.type === "error") return this.#onError(frame);
    if (!("seq" in frame) || frame.seq === undefined || !this.#position) return;
    if (frame.seq <= this.#position.seq) return;
    this.#position = { epoch: this.#position.epoch, seq: frame.seq };
    this.#lastEvent = this.#position;
    if (frame.type === "ai_complete") this.#completed.add(frame.promptId);
  }

  async #onConnection(frame: ServerFrameOf<"connection">): Promise<void> {
    const begin = parseCursor(frame.cursor);
    if (frame.recovered || this.#position === undefined) {
      this.#position = begin;
      return this.#onOpen();
    }
    // Too much was missed: a page tells what is there, and the socket is opened again where it ends.
    this.#position = undefined;
    const socket = this.#socket;
    const { sessionId, guestToken } = this.options;
    const gateway = socket ? new URL(socket.url).host : "";
    const page = await fetchPage(gateway, sessionId, { guestToken, limit: 100 }).catch(() => undefined);
    if (page) {
      this.journal.add({ kind: "page", cursor: page.cursor, messages: page.messages });
      this.#position = parseCursor(page.cursor);
      for (const message of page.messages)
        if (message.type === "ai_complete") this.#completed.add(message.promptId);
    } else this.#position = { epoch: "0-0", seq: 0 };
    socket?.close(1_000);
    setTimeout(() => socket?.terminate(), 500);
  }

  #onOpen(): void {
    this.#isOpen = true;
    this.#pauseMs = 0;
    for (const pending of this.#pending.values()) this.#sendNow(pending);
  }

  #sendNow(pending: Pending): void {
    pending.tries++;
    pending.sentAtMs = performance.now();
    const frame = pending.tries > 1 ? { ...pending.frame, retry: true } : pending.frame;
    this.journal.add({ kind: "sent", frame });
    this.#socket?.send(JSON.stringify(frame));
  }

  #onError({ id, temporary, code }: ServerFrameOf<"error">): void {
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (!pending) return;
    if (!temporary && code !== "full") return pending.settle(undefined);
    // Those behind it were sent already; it comes after them then.
    setTimeout(() => {
      if (this.#isOpen && this.#pending.has(pending.frame.id)) this.#sendNow(pending);
    }, retryMs);
  }

  /** Finds a server that is silent. */
  #look(): void {
    const nowMs = performance.now();
    const socket = this.#socket;
    if (!socket || socket.isPaused) return;
    const isLate = [...this.#pending.values()].some(
      ({ tries, sentAtMs }) => this.#isOpen && tries > 0 && nowMs - sentAtMs > ackMs,
    );
    const isMute = this.#pingedAtMs > 0 && nowMs - this.#pingedAtMs > silenceMs;
    const isUnopened = !this.#isOpen && nowMs - this.#heardAtMs > openMs;
    if (isLate || isMute || isUnopened) return socket.terminate();
    if (this.#isOpen && this.#pingedAtMs === 0 && nowMs - this.#heardAtMs > silenceMs) {
      this.#pingedAtMs = nowMs;
      socket.send('{"type":"ping"}');
    }
  }
}

function isPrompt(wish: Wish): boolean {
  return (
    wish.type === "message" || wish.type === "regenerate" || (wish.type === "edit" && wish.reply === true)
  );
}
