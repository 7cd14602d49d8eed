import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";

interface Ping {
  readonly payload: Buffer;
  /** Bytes that were sent before it. */
  readonly place: number;
}

const payloadBytes = 8;

/**
 * The pings of one socket. A pong counts if it has the payload of a ping. Only a client that has read the ping knows the
 * payload, and such a client has read everything before the ping.
 */
export class Pings {
  readonly #webSocket: WebSocket;
  #asked: Ping[] = [];
  #askedAt = 0;
  #answers = 0;

  /** @param onAnswer called with the number of bytes that the client has read for sure */
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

  /** The number of pongs that counted. */
  get answers(): number {
    return this.#answers;
  }

  /** When the earliest unanswered ping was sent, of `performance.now()`; `undefined` if every ping is answered. */
  get askedAt(): number | undefined {
    return this.#asked.length === 0 ? undefined : this.#askedAt;
  }

  send(now: number, place: number): void {
    if (this.#asked.length === 0) this.#askedAt = now;
    const payload = randomBytes(payloadBytes);
    this.#asked.push({ payload, place });
    this.#webSocket.ping(payload);
  }

  /** Restarts the wait: the ping is still on its way, behind much else. */
  postpone(now: number): void {
    this.#askedAt = now;
  }

  /** No pong can arrive now. */
  forget(): void {
    this.#asked = [];
  }
}
