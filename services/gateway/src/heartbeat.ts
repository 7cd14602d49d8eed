import { closeCodes, timings } from "@natter/protocol";
import type { WebSocket } from "ws";

interface Beat {
  nextPingAt: number;
  pingedAt: number | undefined;
}

const tickMs = 1_000;

/** Finds sockets whose other end is gone without a word. One timer for all of them. */
export class Heartbeat {
  readonly #beats = new Map<WebSocket, Beat>();
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#timer = setInterval(() => this.tick(performance.now()), tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  watch(socket: WebSocket): void {
    // The first ping comes at a random time, so that many sockets of one moment are not pinged in one moment.
    const firstMs = timings.heartbeatMs * (0.5 + Math.random() / 2);
    const beat: Beat = { nextPingAt: performance.now() + firstMs, pingedAt: undefined };
    this.#beats.set(socket, beat);
    socket.on("pong", () => {
      beat.pingedAt = undefined;
    });
    socket.on("close", () => this.#beats.delete(socket));
  }

  /** Pings who is due and ends who is dead at the time `now`, of `performance.now()`. */
  tick(now: number): void {
    for (const [socket, beat] of this.#beats) {
      // A socket that we do not read from cannot answer: its pong waits behind the frames that wait for us.
      if (socket.isPaused) beat.pingedAt = undefined;
      if (beat.pingedAt !== undefined && now - beat.pingedAt > timings.pongMs + tickMs) {
        socket.close(closeCodes.no_heartbeat.code, "no_heartbeat");
        socket.terminate();
      } else if (now >= beat.nextPingAt) {
        beat.pingedAt ??= now;
        beat.nextPingAt = now + timings.heartbeatMs;
        socket.ping();
      }
    }
  }
}
