import { once } from "node:events";
import type { ServerFrame } from "@natter/protocol";
import { WebSocket } from "ws";

/** A socket that reads when it is told to. */
export class PacedReader {
  readonly webSocket: WebSocket;
  readonly frames: ServerFrame[] = [];
  closeCode: number | undefined;
  /** Of this side of the connection. */
  port: number | undefined;

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on("message", (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as ServerFrame));
    webSocket.on("upgrade", ({ socket }) => (this.port = socket.localPort));
    webSocket.on("error", () => undefined);
    webSocket.on("close", (code) => (this.closeCode = code));
  }

  /** Joins, reads what it is sent first, and nothing more. */
  static async pausedIn(gatewayUrl: string, sessionId: string, query: string): Promise<PacedReader> {
    const webSocket = new WebSocket(`${gatewayUrl.replace("http", "ws")}/ws/chat/${sessionId}/?${query}`);
    const reader = new PacedReader(webSocket);
    await once(webSocket, "message");
    webSocket.pause();
    return reader;
  }

  /** Says that it lives, as often as somebody would who only wants to stay. */
  pretendToLive(everyMs: number): void {
    const timer = setInterval(() => {
      if (this.webSocket.readyState === WebSocket.OPEN) this.webSocket.pong("alive");
      else clearInterval(timer);
    }, everyMs);
    this.webSocket.on("close", () => clearInterval(timer));
  }

  /** Reads a little, and again a little later. @returns how to read on without pauses */
  trickle(everyMs: number): () => void {
    let isOver = false;
    const timer = setInterval(() => {
      if (this.webSocket.readyState !== WebSocket.OPEN) return clearInterval(timer);
      this.webSocket.resume();
      setTimeout(() => !isOver && this.webSocket.pause(), 1);
    }, everyMs);
    return () => {
      isOver = true;
      clearInterval(timer);
      this.webSocket.resume();
    };
  }

  get durable(): readonly { readonly seq: number; readonly prev: number; readonly type: string }[] {
    return this.frames.flatMap((frame) =>
      "seq" in frame && "prev" in frame && frame.seq !== undefined && frame.prev !== undefined
        ? [{ seq: frame.seq, prev: frame.prev, type: frame.type }]
        : [],
    );
  }

  close(): void {
    this.webSocket.terminate();
  }
}

/** Whether each frame names the one before it. */
export function isChain(begin: number, frames: readonly { seq: number; prev: number }[]): boolean {
  return frames.every(({ prev }, index) => prev === (frames[index - 1]?.seq ?? begin));
}
