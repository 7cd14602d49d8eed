import type { Socket } from "node:net";
import { closeCodes, limits, type CloseReason } from "@natter/protocol";
import type { WebSocket } from "ws";
import { Output, takenMark, type Wire } from "./output.ts";
import { Pings } from "./pings.ts";
import type { ConnectionSink } from "./connection-sink.ts";
import type { SlowConsumers } from "./slow-consumers.ts";
import type { FrameKind } from "../relay/subscriber.ts";

/** A close frame waits behind what the client has not read. After this time the connection is reset. */
const closeGraceMs = 5_000;
const corked = new Set<Socket>();

/**
 * Writes to one WebSocket and never waits for it. A connection that buffers more than 1 MiB is closed, and its client may
 * come back with its cursor.
 */
export class SocketSink implements ConnectionSink, Wire {
  readonly pings: Pings;
  readonly #webSocket: WebSocket;
  readonly #tcp: Socket;
  readonly #output: Output;
  #sentBytes = 0;
  /** The bytes of `#sentBytes` that the client has read for sure, because its pongs prove it. */
  #confirmedBytes = 0;
  /** Where the last ping of a replay stands in `#sentBytes`. */
  #askedBytes = 0;

  constructor(webSocket: WebSocket, tcp: Socket, slowConsumers: Pick<SlowConsumers, "onGrowth">) {
    this.#webSocket = webSocket;
    this.#tcp = tcp;
    this.#output = new Output(this, slowConsumers.onGrowth);
    this.pings = new Pings(webSocket, (place) => {
      this.#confirmedBytes = place;
      this.#output.wake();
    });
    tcp.on("drain", () => this.#output.flush());
    webSocket.on("close", () => this.#output.finish(true));
  }

  get hasEnded(): boolean {
    return this.#output.isFinished;
  }

  get bufferedBytes(): number {
    return this.#output.bufferedBytes;
  }

  get isBehind(): boolean {
    return this.bufferedBytes > 0 || (!this.hasEnded && this.#askedBytes > this.#confirmedBytes);
  }

  get takenMark(): string {
    // While a ping of a replay is unanswered only its pong counts: the kernel may take more for the client meanwhile.
    return this.#askedBytes > this.#confirmedBytes ? `answer ${this.pings.answers}` : takenMark(this.#tcp);
  }

  get unsentBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  get needsDrain(): boolean {
    return this.#tcp.writableNeedDrain;
  }

  begin(frame: Uint8Array): void {
    this.send(frame, "other");
  }

  send(frame: Uint8Array, kind: FrameKind): void {
    if (!this.#output.send(frame, kind)) this.end("too_slow");
  }

  hold(bytes: number): void {
    this.#output.hold(bytes);
  }

  /**
   * Resolves when more of a replay may be sent, or the client is gone. The client may never read what the kernel has
   * taken. So a replay pings now and then, and is never more than `replayWindowBytes` ahead of the pongs.
   */
  async drained(): Promise<void> {
    await this.#output.drained(() => this.#isConfirmed());
  }

  /** The gateway does not read from the socket for now, so no pong arrives. */
  forgetPings(): void {
    this.pings.forget();
    this.#askedBytes = 0;
    this.#output.wake();
  }

  /** @param now of `performance.now()` */
  ping(now: number): void {
    this.pings.send(now, this.#sentBytes);
  }

  end(reason: CloseReason): void {
    if (!this.#output.finish(reason === "too_slow")) return;
    this.#webSocket.close(closeCodes[reason].code, reason);
    setTimeout(() => this.#reset(), closeGraceMs).unref();
  }

  stall(): void {
    this.end("too_slow");
  }

  cut(): void {
    this.end("too_slow");
    // The close frame would be behind so many bytes that it is not worth the memory.
    if (this.unsentBytes > limits.outQueueMergeBytes * 2) this.#reset();
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

  /** After an ordinary close the kernel would keep for many minutes what the client has not taken. */
  #reset(): void {
    this.#tcp.resetAndDestroy();
    this.#webSocket.terminate();
  }
}

function uncorkAll(): void {
  for (const tcp of corked) tcp.uncork();
  corked.clear();
}
