import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { closeCodes, formatCursor, limits, timings, type CloseReason } from "@natter/protocol";
import type { FrameKind, Sink } from "./subscriber.ts";

const decoder = new TextDecoder();
const lineBreaks = /\r\n|\r|\n/g;
/** The last event waits behind what the reader has not read; then the connection is torn down. */
const closeGraceMs = 5_000;

/**
 * Writes the frames of a session as server-sent events; the `id` of a durable one is its cursor. Nothing is
 * written before `open`: until then the request can still be answered with an error.
 */
export class EventStreamSink implements Sink {
  readonly #response: ServerResponse;
  #epoch = "";
  #heartbeat: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("close", () => this.#stop());
  }

  /** Whether nothing can be sent any more. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Writes the head; the frames that follow are of `epoch`. */
  open(headers: OutgoingHttpHeaders, epoch: string): void {
    this.#epoch = epoch;
    this.#response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    this.#heartbeat = setInterval(() => this.#response.write(": heartbeat\n\n"), timings.heartbeatMs);
  }

  send(frame: Uint8Array, _kind: FrameKind, seq?: number): void {
    this.sendWithId(frame, seq === undefined ? undefined : formatCursor({ epoch: this.#epoch, seq }));
  }

  sendWithId(frame: Uint8Array, id: string | undefined): void {
    if (this.#ended) return;
    if (this.#response.writableLength + frame.length > limits.outQueueBytes) return this.end("too_slow");
    const idLine = id === undefined ? "" : `id: ${id}\n`;
    // Natter's own frames are one line. Whoever else says something here could end the event, or begin another one.
    const data = decoder.decode(frame).replaceAll(lineBreaks, "\ndata: ");
    this.#response.write(`${idLine}data: ${data}\n\n`);
  }

  /** Resolves when the reader has taken everything so far, or is gone. */
  async drained(): Promise<void> {
    if (!this.#response.writableNeedDrain || this.#ended) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.#response.off("drain", settle);
        this.#response.off("close", settle);
        resolve();
      };
      this.#response.once("drain", settle);
      this.#response.once("close", settle);
    });
  }

  /** The same as `end`: a stream has nothing to answer. */
  async leave(reason: CloseReason): Promise<void> {
    this.end(reason);
  }

  end(reason: CloseReason): void {
    if (this.#ended) return;
    this.#stop();
    if (!this.#response.headersSent) return;
    const { code } = closeCodes[reason];
    this.#response.end(`event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`);
    setTimeout(() => this.#response.destroy(), closeGraceMs).unref();
  }

  #stop(): void {
    this.#ended = true;
    clearInterval(this.#heartbeat);
  }
}
