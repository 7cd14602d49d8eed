import type { Socket } from "node:net";
import {
  closeCodes,
  decodeObject,
  limits,
  mergeChunks,
  type CloseReason,
  type ServerFrameOf,
} from "@natter/protocol";
import type { WebSocket } from "ws";
import type { FrameKind, Sink } from "./subscriber.ts";

/** A close frame waits behind what the reader has not read; then the socket is torn down. */
const closeGraceMs = 5_000;
const corked = new Set<Socket>();

/**
 * Writes to one WebSocket and never waits for it. A reader that falls behind gets the chunks of a reply
 * joined; one that owes more than 1 MiB is closed and may come back with its cursor.
 */
export class SocketSink implements Sink {
  readonly #webSocket: WebSocket;
  readonly #tcp: Socket;
  #pending: ServerFrameOf<"ai_chunk">[] = [];
  #pendingBytes = 0;
  #awaitsDrain = false;
  #ended = false;

  constructor(webSocket: WebSocket, tcp: Socket) {
    this.#webSocket = webSocket;
    this.#tcp = tcp;
  }

  send(frame: Uint8Array, kind: FrameKind): void {
    if (this.#ended) return;
    const owed = this.#webSocket.bufferedAmount;
    if (owed + this.#pendingBytes + frame.length > limits.outQueueBytes) return this.end("too_slow");
    if (kind === "chunk" && (owed > limits.outQueueMergeBytes || this.#pending.length > 0))
      return this.#keep(frame);
    this.#sendPending();
    this.#write(frame);
  }

  /** Resolves when the reader has taken everything so far, or is gone. */
  async drained(): Promise<void> {
    if (this.#webSocket.bufferedAmount === 0 || this.#ended) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.#tcp.off("drain", settle);
        this.#tcp.off("close", settle);
        resolve();
      };
      this.#tcp.once("drain", settle);
      this.#tcp.once("close", settle);
      if (!this.#tcp.writableNeedDrain) settle();
    });
  }

  end(reason: CloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#webSocket.close(closeCodes[reason].code, reason);
    setTimeout(() => this.#webSocket.terminate(), closeGraceMs).unref();
  }

  #keep(frame: Uint8Array): void {
    const chunk = decodeObject(frame) as ServerFrameOf<"ai_chunk"> | undefined;
    if (!chunk) return;
    const last = this.#pending.at(-1);
    if (last && !canFollow(last, chunk)) this.#sendPending();
    this.#sendAfterDrain();
    this.#pending.push(chunk);
    this.#pendingBytes += frame.length;
  }

  /** One listener, however often durable frames send what is pending before the reader has caught up. */
  #sendAfterDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#tcp.once("drain", () => {
      this.#awaitsDrain = false;
      this.#sendPending();
    });
  }

  #sendPending(): void {
    const merged = mergeChunks(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (merged && !this.#ended) this.#write(merged);
  }

  /** Frames of one turn of the event loop leave in one system call. */
  #write(frame: Uint8Array): void {
    if (!corked.has(this.#tcp)) {
      if (corked.size === 0) setImmediate(uncorkAll);
      corked.add(this.#tcp);
      this.#tcp.cork();
    }
    this.#webSocket.send(frame, { binary: false });
  }
}

/** Whether both can be one frame. A chunk that takes the text before it can only be the first of one. */
function canFollow(last: ServerFrameOf<"ai_chunk">, chunk: ServerFrameOf<"ai_chunk">): boolean {
  const isSame = last.id === chunk.id && last.attempt === chunk.attempt && last.part === chunk.part;
  return isSame && chunk.takesText !== true;
}

function uncorkAll(): void {
  for (const tcp of corked) tcp.uncork();
  corked.clear();
}
