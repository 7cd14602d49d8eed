import { randomUUIDv7 } from "node:crypto";
import type { ServerFrameOf } from "@natter/protocol";
import type { Tally } from "../measuring/tally.ts";
import type { SessionLedger } from "./session-ledger.ts";

/** One message that a person sends, and what the model has to say to it. */
export interface Message {
  readonly text: string;
  readonly wanted: string | undefined;
  readonly intendedAtMs: number;
}

interface Pending extends Message {
  readonly id: string;
  tries: number;
  sentAtMs: number;
  /** A refusal says when the next try makes sense. */
  notBeforeMs: number;
}

const ackMs = 15_000;
const minRetryMs = 200;

/** The messages of one person that nobody has answered yet. Each keeps its id until it is acknowledged or refused for good. */
export class PendingSends {
  readonly #options: { readonly name: string; readonly ledger: SessionLedger; readonly tally: Tally };
  readonly #pending = new Map<string, Pending>();
  /** When the message of a running reply was intended, by the message, and then by the reply. */
  readonly #intended = new Map<string, number>();
  readonly #awaited = new Map<string, number>();

  constructor(options: { name: string; ledger: SessionLedger; tally: Tally }) {
    this.#options = options;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** @param send unset: nothing is connected now */
  add(message: Message, send: ((text: string) => void) | undefined): void {
    const pending: Pending = { ...message, id: randomUUIDv7(), tries: 0, sentAtMs: 0, notBeforeMs: 0 };
    this.#pending.set(pending.id, pending);
    this.#options.tally.add("sent");
    if (send) sendNow(pending, send);
  }

  /** Sends all of them again, on a new socket. */
  resend(send: (text: string) => void): void {
    for (const pending of this.#pending.values()) sendNow(pending, send);
  }

  /** Sends again what was refused for a while. @returns whether a send has waited for too long, so that the socket is dead */
  look(nowMs: number, send: (text: string) => void): boolean {
    for (const pending of this.#pending.values()) {
      if (pending.tries === 0 || nowMs < pending.notBeforeMs) continue;
      if (pending.notBeforeMs > 0) sendNow(pending, send);
      else if (nowMs - pending.sentAtMs > ackMs) return true;
    }
    return false;
  }

  onAck({ id, messageId }: ServerFrameOf<"ack">): void {
    const pending = this.#pending.get(id);
    if (!pending || messageId === undefined) return;
    this.#pending.delete(id);
    this.#options.tally.time("ack", performance.now() - pending.intendedAtMs);
    this.#intended.set(messageId, pending.intendedAtMs);
    this.#options.ledger.onAck(messageId, pending);
  }

  onError({ id, code, temporary, retryAfterMs }: ServerFrameOf<"error">): void {
    const pending = id === undefined ? undefined : this.#pending.get(id);
    const { tally, name } = this.#options;
    if (!pending) return;
    if (!temporary) {
      this.#pending.delete(pending.id);
      return tally.blame("refused", `a message of ${name}: ${code}`);
    }
    tally.add("limited");
    pending.notBeforeMs = performance.now() + (retryAfterMs ?? minRetryMs);
  }

  onStart({ id, messageId }: ServerFrameOf<"ai_start">): void {
    const intendedAtMs = this.#intended.get(messageId);
    if (intendedAtMs !== undefined) this.#awaited.set(id, intendedAtMs);
  }

  onChunk({ id }: ServerFrameOf<"ai_chunk">): void {
    const intendedAtMs = this.#awaited.get(id);
    if (intendedAtMs === undefined) return;
    this.#awaited.delete(id);
    this.#options.tally.time("first", performance.now() - intendedAtMs);
  }

  onComplete({ id, messageId }: ServerFrameOf<"ai_complete">): void {
    this.#intended.delete(messageId);
    this.#awaited.delete(id);
  }

  /** The next chunk that comes may not be the first one any more. */
  onClose(): void {
    this.#awaited.clear();
  }
}

function sendNow(pending: Pending, send: (text: string) => void): void {
  pending.tries++;
  pending.sentAtMs = performance.now();
  pending.notBeforeMs = 0;
  const retry = pending.tries > 1 ? { retry: true } : {};
  send(JSON.stringify({ type: "message", id: pending.id, message: pending.text, ...retry }));
}
