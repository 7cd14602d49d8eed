import { limits } from "@natter/protocol";
import type { RawData, WebSocket } from "ws";

export interface ReceivedFrame {
  readonly data: RawData;
  readonly isBinary: boolean;
}

export interface FrameQueueDeps {
  readonly webSocket: WebSocket;
  /** Resolves when the frame is handled and answered. Never rejects. */
  readonly handle: (frame: ReceivedFrame) => Promise<void>;
  /** The socket is not read from now, so its pongs do not arrive either. */
  readonly onPause: () => void;
}

/** Frames below this number are few enough to read from a paused socket again. */
const resumeBelow = limits.pendingFrames / 2;

/**
 * What one socket sent and the gateway has not handled. Frames are handled one after another, so what a client sends
 * in an order is stored in that order. A full queue pauses the socket.
 */
export class FrameQueue {
  readonly #deps: FrameQueueDeps;
  readonly #frames: ReceivedFrame[] = [];
  /** True before `start`, too: frames that come before the session is joined wait. */
  #isBusy = true;
  #isFinishing = false;
  #isClosed = false;
  /** Settles when the frames of now are handled. */
  #handled: Promise<void> = Promise.resolve();

  constructor(deps: FrameQueueDeps) {
    this.#deps = deps;
    // At once: a listener that is attached later would lose the first frames.
    deps.webSocket.on("message", (data, isBinary) => this.#add({ data, isBinary }));
  }

  start(): void {
    this.#handled = this.#handleAll();
  }

  /** Reads no more, and resolves when everything that was read is handled. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#deps.webSocket.pause();
    await this.#handled;
  }

  /** Drops what is not handled yet. */
  close(): void {
    this.#isClosed = true;
    this.#frames.length = 0;
  }

  #add(frame: ReceivedFrame): void {
    if (this.#isClosed) return;
    this.#frames.push(frame);
    if (this.#frames.length >= limits.pendingFrames) {
      this.#deps.webSocket.pause();
      this.#deps.onPause();
    }
    if (!this.#isBusy) this.start();
  }

  async #handleAll(): Promise<void> {
    const { webSocket, handle } = this.#deps;
    this.#isBusy = true;
    for (let next = this.#frames.shift(); next && !this.#isClosed; next = this.#frames.shift()) {
      await handle(next);
      const hasRoom = this.#frames.length < resumeBelow && !this.#isFinishing;
      if (hasRoom && webSocket.isPaused) webSocket.resume();
    }
    this.#isBusy = false;
  }
}
