import type { Socket } from "node:net";
import { limits } from "@natter/protocol";
import { OutQueue } from "./out-queue.ts";
import type { FrameKind } from "../relay/subscriber.ts";

/** Where bytes go: a WebSocket or the body of an HTTP answer. */
export interface Wire {
  /** Bytes that were written and that the kernel has not taken. */
  readonly unsentBytes: number;
  /** Whether a `drain` event will follow. */
  readonly needsDrain: boolean;
  write(frame: Uint8Array, seq?: number): void;
}

/**
 * The buffer of one connection. A slow consumer gets the chunks of a reply joined. Beyond `outQueueMergeBytes` the
 * frames wait here and not in the socket: only here can they be dropped when the connection is closed.
 */
export class Output {
  readonly #wire: Wire;
  readonly #queue = new OutQueue();
  /** Called with the size of every frame that waits. */
  readonly #onGrowth: (bytes: number) => void;
  readonly #waiting: (() => void)[] = [];
  #heldBytes = 0;
  #isFinished = false;

  constructor(wire: Wire, onGrowth: (bytes: number) => void) {
    this.#wire = wire;
    this.#onGrowth = onGrowth;
  }

  /** Nothing can be sent any more. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** All bytes that this process buffers for the client; 0 once the output is finished. */
  get bufferedBytes(): number {
    if (this.#isFinished) return 0;
    return this.#wire.unsentBytes + this.#queue.bytes + this.#heldBytes;
  }

  /** Whether a frame would be written at once. */
  get hasRoom(): boolean {
    return this.#queue.isEmpty && !this.#wire.needsDrain;
  }

  /** @returns `false` if too much is buffered, and the frame was not taken. A finished output drops the frame. */
  send(frame: Uint8Array, kind: FrameKind, seq?: number): boolean {
    if (this.#isFinished) return true;
    const { unsentBytes } = this.#wire;
    if (unsentBytes + this.#queue.bytes + frame.length > limits.outQueueBytes) return false;
    if (this.#queue.isEmpty && unsentBytes <= limits.outQueueMergeBytes) this.#wire.write(frame, seq);
    else {
      this.#queue.add(frame, kind, seq);
      this.#onGrowth(frame.length);
    }
    return true;
  }

  /** `bytes` of the frames that come next are in memory already. */
  hold(bytes: number): void {
    if (this.#isFinished) return;
    if (bytes > this.#heldBytes) this.#onGrowth(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }

  /** The wire has been emptied. */
  flush(): void {
    while (!this.#queue.isEmpty && this.#wire.unsentBytes <= limits.outQueueMergeBytes) this.#writeNext();
    this.wake();
  }

  /** Writes all that waits, or drops it. @returns `false` if the output was finished before */
  finish(drops: boolean): boolean {
    if (this.#isFinished) return false;
    this.#isFinished = true;
    if (drops) this.#queue.clear();
    while (!this.#queue.isEmpty) this.#writeNext();
    this.#heldBytes = 0;
    this.wake();
    return true;
  }

  /**
   * Resolves when more of a replay may be sent, or the output is finished.
   *
   * @param isTaken whether the client has taken enough of what the kernel got. It is asked again after each `wake`.
   */
  async drained(isTaken: () => boolean): Promise<void> {
    while (!this.#isFinished && !(this.hasRoom && isTaken()))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #writeNext(): void {
    const next = this.#queue.take();
    if (next) this.#wire.write(next.frame, next.seq);
  }
}

/** Changes whenever the other end, or the kernel on its behalf, has taken something. */
export function takenMark(tcp: Socket): string {
  // Of a large write only this tells that a part of it has gone; Node's own timeouts look at it, too.
  const { _handle: handle } = tcp as Socket & { readonly _handle?: { readonly writeQueueSize?: number } };
  return `${tcp.bytesWritten - tcp.writableLength} ${handle?.writeQueueSize ?? 0}`;
}
