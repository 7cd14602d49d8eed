import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";

interface Ping {
  readonly payload: Buffer;
  /** Bytes that were sent before it. */
  readonly place: number;
}

const payloadBytes = 8;

/**
 * The pings of one socket. A pong counts if it has the payload of one of them: only who has read the ping can know
 * that, and so has read all that was sent before it.
 */
export class Pings {
  readonly #webSocket: WebSocket;
  #asked: Ping[] = [];
  #askedAt = 0;
  #answers = 0;

  /** @param onAnswer hears how many bytes the other end has read for sure */
  constructor(webSocket: WebSocket, onAnswer: (place: number) => void) {
    this.#webSocket = webSocket;
    webSocket.on("pong", (payload: Buffer) => {
      const index = this.#asked.findIndex((ping) => ping.payload.equals(payload));
      const answered = this.#asked[index];
      if (!answered) return;
      this.#asked.splice(0, index + 1);
      this.#answers++;
      onAnswer(answered.place);
    });
  }

  /** How many were answered. */
  get answers(): number {
    return this.#answers;
  }

  /** Since when an answer is waited for, of `performance.now()`; `undefined`: none is. */
  get askedAt(): number | undefined {
    return this.#asked.length === 0 ? undefined : this.#askedAt;
  }

  send(now: number, place: number): void {
    if (this.#asked.length === 0) this.#askedAt = now;
    const payload = randomBytes(payloadBytes);
    this.#asked.push({ payload, place });
    this.#webSocket.ping(payload);
  }

  /** The ping is still on its way, behind much else. */
  postpone(now: number): void {
    this.#askedAt = now;
  }

  /** No answer can be heard now. */
  forget(): void {
    this.#asked = [];
  }
}
