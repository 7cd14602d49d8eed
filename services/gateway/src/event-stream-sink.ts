import type { ServerResponse } from "node:http";
import { closeCodes, formatCursor, limits, timings, type CloseReason } from "@natter/protocol";
import type { FrameKind, Sink } from "./subscriber.ts";

const decoder = new TextDecoder();

/** Writes the frames of a session as server-sent events; the `id` of a durable one is its cursor. */
export class EventStreamSink implements Sink {
  readonly #response: ServerResponse;
  readonly #epoch: string;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(response: ServerResponse, epoch: string) {
    this.#response = response;
    this.#epoch = epoch;
    this.#heartbeat = setInterval(() => response.write(": heartbeat\n\n"), timings.heartbeatMs);
    response.on("close", () => clearInterval(this.#heartbeat));
  }

  send(frame: Uint8Array, _kind: FrameKind, seq?: number): void {
    this.sendWithId(frame, seq === undefined ? undefined : formatCursor({ epoch: this.#epoch, seq }));
  }

  sendWithId(frame: Uint8Array, id: string | undefined): void {
    if (this.#response.writableEnded) return;
    if (this.#response.writableLength + frame.length > limits.outQueueBytes) return this.end("too_slow");
    const idLine = id === undefined ? "" : `id: ${id}\n`;
    // A frame is one line: JSON has no line breaks of its own.
    this.#response.write(`${idLine}data: ${decoder.decode(frame)}\n\n`);
  }

  async drained(): Promise<void> {
    if (!this.#response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.#response.once("drain", resolve);
      this.#response.once("close", resolve);
    });
  }

  end(reason: CloseReason): void {
    if (this.#response.writableEnded) return;
    const { code } = closeCodes[reason];
    this.#response.end(`event: end\ndata: ${JSON.stringify({ code, reason })}\n\n`);
  }
}
