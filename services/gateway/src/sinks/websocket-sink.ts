import type { Socket } from "node:net";
import { closeCodes, limits, type CloseReason } from "@natter/protocol";
import type { WebSocket } from "ws";
import { Output, takenMark, type Wire } from "./output.ts";
import { Pings } from "./pings.ts";
import type { ConnectionSink } from "./connection-sink.ts";
import type { SlowReaders } from "./slow-readers.ts";
import type { FrameKind } from "../relay/subscriber.ts";

/** A close frame waits behind what the reader has not read; then the socket is torn down. */
const closeGraceMs = 5_000;
const corked = new Set<Socket>();

/**
 * Writes to one WebSocket and never waits for it. A reader that owes more than 1 MiB is closed and may come back with
 * its cursor.
 */
export class SocketSink implements ConnectionSink, Wire {
  readonly pings: Pings;
  readonly #webSocket: WebSocket;
  readonly #tcp: Socket;
  readonly #output: Output;
  #sentBytes = 0;
  /** The reader has shown that it has read so many of them. */
  #confirmedBytes = 0;
  /** Up to here it was asked to show that, because of a replay. */
  #askedBytes = 0;
  #ended = false;

  constructor(webSocket: WebSocket, tcp: Socket, readers: Pick<SlowReaders, "grew">) {
    this.#webSocket = webSocket;
    this.#tcp = tcp;
    this.#output = new Output(this, readers.grew);
    this.pings = new Pings(webSocket, (place) => {
      this.#confirmedBytes = place;
      this.#output.wake();
    });
    tcp.on("drain", () => this.#output.flush());
    webSocket.on("close", () => this.#stop(true));
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  get owedBytes(): number {
    return this.#ended ? 0 : this.#output.owedBytes;
  }

  get isBehind(): boolean {
    return this.owedBytes > 0 || (!this.#ended && this.#askedBytes > this.#confirmedBytes);
  }

  get takenMark(): string {
    // While it is asked what it has read, only its answer counts: the kernel may take more for it in the meantime.
    return this.#askedBytes > this.#confirmedBytes ? `answer ${this.pings.answers}` : takenMark(this.#tcp);
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  get needsDrain(): boolean {
    return this.#tcp.writableNeedDrain;
  }

  begin(frame: Uint8Array): void {
    this.send(frame, "other");
  }

  send(frame: Uint8Array, kind: FrameKind): void {
    if (!this.#ended && !this.#output.send(frame, kind)) this.end("too_slow");
  }

  hold(bytes: number): void {
    if (!this.#ended) this.#output.hold(bytes);
  }

  /**
   * Resolves when the reader may be sent more of a replay, or is gone. What the kernel has taken the reader may never
   * read, so it is pinged now and then, and never more than `replayWindowBytes` ahead of its answers.
   */
  async drained(): Promise<void> {
    while (!this.#ended && !(this.#output.hasRoom && this.#isConfirmed())) await this.#output.changed();
  }

  /** The socket is not read from, so its answers are not heard. */
  deafen(): void {
    this.pings.forget();
    this.#askedBytes = 0;
    this.#output.wake();
  }

  /** A ping of the heartbeat. */
  ping(now: number): void {
    this.pings.send(now, this.#sentBytes);
  }

  end(reason: CloseReason): void {
    if (this.#ended) return;
    this.#stop(reason === "too_slow");
    this.#webSocket.close(closeCodes[reason].code, reason);
    setTimeout(() => this.#reset(), closeGraceMs).unref();
  }

  stall(): void {
    this.end("too_slow");
  }

  cut(): void {
    this.end("too_slow");
    // The close frame would be behind so much that it is not worth the memory.
    if (this.bufferedBytes > limits.outQueueMergeBytes * 2) this.#reset();
  }

  /** Frames of one turn of the event loop leave in one system call. */
  write(frame: Uint8Array): void {
    if (!corked.has(this.#tcp)) {
      if (corked.size === 0) setImmediate(uncorkAll);
      corked.add(this.#tcp);
      this.#tcp.cork();
    }
    this.#sentBytes += frame.length;
    this.#webSocket.send(frame, { binary: false });
  }

  #isConfirmed(): boolean {
    if (this.#webSocket.isPaused) return true;
    const askedBytes = Math.max(this.#askedBytes, this.#confirmedBytes);
    if (this.#sentBytes - askedBytes > limits.outQueueMergeBytes) {
      this.#askedBytes = this.#sentBytes;
      this.ping(performance.now());
    }
    return this.#sentBytes - this.#confirmedBytes < limits.replayWindowBytes;
  }

  /** The kernel would keep what the reader has not taken, for many minutes, after a connection that was just closed. */
  #reset(): void {
    this.#tcp.resetAndDestroy();
    this.#webSocket.terminate();
  }

  #stop(drops: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#output.finish(drops);
  }
}

function uncorkAll(): void {
  for (const tcp of corked) tcp.uncork();
  corked.clear();
}
