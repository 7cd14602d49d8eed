import { once } from "node:events";
import { randomUUIDv7 } from "node:crypto";
import { guestTokenOf } from "@natter/testing";
import { WebSocket } from "ws";

const openMs = 10_000;
/** Who it is. */
export const rudeQuery = `guest=${guestTokenOf("rude guest")}`;

/** A guest who keeps to the frames and to nothing else. */
export class RudeGuest {
  readonly socket: WebSocket;
  #answers = 0;
  #messages = 0;
  #cursor = "";
  #isRecovered = false;
  #lastMessageId = "";

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("message", (data) => this.#onText((data as Buffer).toString()));
  }

  /** @param address of a gateway */
  static async connect(address: string, sessionId: string, query = rudeQuery): Promise<RudeGuest> {
    const socket = new WebSocket(`ws://${address}/ws/chat/${sessionId}/?${query}`, {
      perMessageDeflate: false,
    });
    const guest = new RudeGuest(socket);
    await once(socket, "message", { signal: AbortSignal.timeout(openMs) }).catch(() => undefined);
    return guest;
  }

  /** Acks and errors so far. */
  get answers(): number {
    return this.#answers;
  }

  /** Of people, so far. */
  get messages(): number {
    return this.#messages;
  }

  /** Where it came in. */
  get cursor(): string {
    return this.#cursor;
  }

  /** It was told that what it missed follows. */
  get isRecovered(): boolean {
    return this.#isRecovered;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get lastMessageId(): string {
    return this.#lastMessageId;
  }

  send(frame: object): void {
    if (this.socket.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify({ id: randomUUIDv7(), ...frame }));
  }

  close(): void {
    this.socket.terminate();
  }

  #onText(text: string): void {
    if (text.startsWith('{"type":"ack"')) {
      this.#answers++;
      this.#lastMessageId = (JSON.parse(text) as { messageId: string }).messageId;
    } else if (text.startsWith('{"type":"error"')) this.#answers++;
    else if (text.startsWith('{"type":"message"')) this.#messages++;
    else if (text.startsWith('{"type":"connection"')) {
      const { cursor, recovered } = JSON.parse(text) as { cursor: string; recovered: boolean };
      this.#cursor = cursor;
      this.#isRecovered = recovered;
    }
  }
}
