import type { ServerFrame } from "@natter/protocol";
import { waitFor } from "@natter/testing";

export type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** A plain client on the platform's own WebSocket, which remembers what it got. */
export class TestClient {
  readonly frames: ServerFrame[] = [];
  readonly #webSocket: WebSocket;
  #closed: { code: number; reason: string } | undefined;
  readonly #given = new Map<string, number>();

  constructor(url: string) {
    this.#webSocket = new WebSocket(url);
    this.#webSocket.addEventListener("message", ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as ServerFrame);
    });
    this.#webSocket.addEventListener("close", ({ code, reason }) => (this.#closed = { code, reason }));
  }

  /** Frames of one type, so far. */
  of<T extends ServerFrame["type"]>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame): frame is FrameOf<T> => frame.type === type);
  }

  /** The next frame of `type`: each call gives a later one. */
  async next<T extends ServerFrame["type"]>(type: T, timeoutMs = 10_000): Promise<FrameOf<T>> {
    const index = this.#given.get(type) ?? 0;
    this.#given.set(type, index + 1);
    return waitFor(
      () => {
        const frame = this.of(type)[index];
        if (!frame && this.#closed)
          throw new Error(`closed with ${this.#closed.code} while waiting for ${type}`);
        return frame;
      },
      { what: `frame ${index} of type ${type}`, timeoutMs },
    );
  }

  async closed(timeoutMs = 10_000): Promise<{ code: number; reason: string }> {
    return waitFor(() => this.#closed, { what: "the end of the socket", timeoutMs });
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  send(frame: object): void {
    this.sendRaw(JSON.stringify(frame));
  }

  sendWhenOpen(frame: object): void {
    this.#webSocket.addEventListener("open", () => this.send(frame));
  }

  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.#webSocket.send(data);
  }

  /** Sends a ping and waits for its pong: everything sent before is handled. */
  async roundTrip(): Promise<void> {
    this.send({ type: "ping" });
    await this.next("pong");
  }

  close(): void {
    this.#webSocket.close();
  }
}
