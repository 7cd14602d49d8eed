import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { closeCodes, formatCursor, limits, timings, type CloseReason } from "@natter/protocol";
import { Output, takenMark, type Wire } from "./output.ts";
import type { ConnectionSink, ConnectionStart } from "./connection-sink.ts";
import type { SendQueues } from "./send-queues.ts";
import type { SlowConsumers } from "./slow-consumers.ts";
import type { FrameKind } from "../relay/subscriber.ts";

export interface EventStreamDeps {
  readonly slowConsumers: SlowConsumers;
  readonly sendQueues: SendQueues;
}

const decoder = new TextDecoder();
const lineBreaks = /\r\n|\r|\n/g;
/** The last event waits behind what the client has not read. After this time the connection is reset. */
const closeGraceMs = 5_000;
/** The time until the next look at the kernel's queue: for a client that took something at the last look, and for any other. */
const lookMovingMs = 50;
const lookStuckMs = 1_000;

/**
 * Writes the frames of a session as server-sent events; the `id` of a durable one is its cursor. Nothing is
 * written before `begin`: until then the request can still be answered with an error.
 */
export class EventStreamSink implements ConnectionSink, Wire {
  readonly #response: ServerResponse;
  /** What the HTTP side has set for this answer, for example the cookie of a new guest. */
  readonly #headers: OutgoingHttpHeaders;
  readonly #output: Output;
  #epoch = "";
  #heartbeat: NodeJS.Timeout | undefined;
  readonly #queues: SendQueues;
  #unwatch: (() => void) | undefined;
  /** At the last look: the bytes that the kernel had for the client, and `#sentBytes`. */
  #queuedBytes = 0;
  #lookedBytes = 0;
  /** The same: bytes that the client had taken, of all that were ever sent on its connection. */
  #takenBytes = 0;
  #hasMoved = true;
  #sentBytes = 0;

  constructor(response: ServerResponse, headers: OutgoingHttpHeaders, deps: EventStreamDeps) {
    this.#response = response;
    this.#headers = headers;
    this.#output = new Output(this, deps.slowConsumers.onGrowth);
    this.#queues = deps.sendQueues;
    response.on("drain", () => this.#output.flush());
    response.on("close", () => this.#stop(true));
  }

  get hasEnded(): boolean {
    return this.#output.isFinished;
  }

  get bufferedBytes(): number {
    return this.#output.bufferedBytes;
  }

  get isBehind(): boolean {
    return this.bufferedBytes > 0 || (!this.hasEnded && this.#queuedBytes > 0);
  }

  get takenMark(): string {
    if (this.#unwatch) return `${this.#takenBytes}`;
    const { socket } = this.#response;
    return socket ? takenMark(socket) : "";
  }

  get unsentBytes(): number {
    return this.#response.writableLength;
  }

  get needsDrain(): boolean {
    return this.#response.writableNeedDrain;
  }

  /** Writes the head, and `frame` as an event whose id is the cursor of `start`. */
  begin(frame: Uint8Array, start: ConnectionStart): void {
    if (this.hasEnded) return;
    this.#epoch = start.epoch;
    this.#response.writeHead(200, {
      ...this.#headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      // Otherwise Node would keep the connection of a slow consumer for a next request.
      connection: "close",
      "x-accel-buffering": "no",
    });
    this.#heartbeat = setInterval(() => this.#beat(), timings.heartbeatMs);
    const { socket } = this.#response;
    this.#unwatch = socket
      ? this.#queues.watch(socket, (queued, taken) => this.#onLook(queued, taken))
      : undefined;
    this.#writeEvent(frame, start.cursor);
  }

  send(frame: Uint8Array, kind: FrameKind, seq?: number): void {
    if (!this.#output.send(frame, kind, seq)) this.end("too_slow");
  }

  hold(bytes: number): void {
    this.#output.hold(bytes);
  }

  /**
   * Resolves when more of a replay may be sent, or the client is gone. A client of an event stream sends nothing back, so
   * the kernel is asked how many bytes it still has for the client.
   */
  async drained(): Promise<void> {
    await this.#output.drained(() => this.#isTaken());
  }

  /** The same as `end`: a stream has nothing to answer. */
  async close(reason: CloseReason): Promise<void> {
    this.end(reason);
  }

  end(reason: CloseReason): void {
    if (!this.#stop(reason === "too_slow")) return;
    if (!this.#response.headersSent) return;
    const { code } = closeCodes[reason];
    const last = `event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`;
    // `end` closes the connection, and after that nothing can take back what the kernel holds.
    if (reason === "too_slow") this.#response.write(last);
    else this.#response.end(last);
    setTimeout(() => this.#reset(), closeGraceMs).unref();
  }

  stall(): void {
    this.end("too_slow");
  }

  cut(): void {
    this.end("too_slow");
    // The last event would be behind so many bytes that it is not worth the memory.
    if (this.unsentBytes > limits.outQueueMergeBytes * 2) this.#reset();
  }

  write(frame: Uint8Array, seq?: number): void {
    this.#writeEvent(frame, seq === undefined ? undefined : formatCursor({ epoch: this.#epoch, seq }));
  }

  /** After an ordinary close the kernel would keep for many minutes what the client has not taken. */
  #reset(): void {
    this.#response.socket?.resetAndDestroy();
    this.#response.destroy();
  }

  #writeEvent(frame: Uint8Array, id: string | undefined): void {
    const idLine = id === undefined ? "" : `id: ${id}\n`;
    this.#sentBytes += frame.length;
    // The frames of natter have one line. A line break in a foreign frame could end the event or begin another one.
    const data = decoder.decode(frame).replaceAll(lineBreaks, "\ndata: ");
    this.#response.write(`${idLine}data: ${data}\n\n`);
  }

  #isTaken(): boolean {
    if (!this.#unwatch) return true;
    const isTaken = this.#queuedBytes + this.#sentBytes - this.#lookedBytes < limits.replayWindowBytes;
    if (!isTaken) this.#queues.lookIn(this.#hasMoved ? lookMovingMs : lookStuckMs);
    return isTaken;
  }

  #onLook(queuedBytes: number, takenBytes: number): void {
    this.#queuedBytes = queuedBytes;
    this.#hasMoved = takenBytes > this.#takenBytes;
    this.#takenBytes = Math.max(this.#takenBytes, takenBytes);
    this.#lookedBytes = this.#sentBytes;
    this.#output.wake();
  }

  /** Not needed while frames wait for the client: those show it that the server lives. */
  #beat(): void {
    if (this.#output.hasRoom) this.#response.write(": heartbeat\n\n");
  }

  /** @returns `false` if the stream had ended before */
  #stop(drops: boolean): boolean {
    // A second `unwatch` could hit a later connection with the same inode.
    if (this.hasEnded) return false;
    clearInterval(this.#heartbeat);
    this.#unwatch?.();
    return this.#output.finish(drops);
  }
}
