import { closeCodes, timings } from "@natter/protocol";
import type { WebSocket } from "ws";
import type { SocketSink } from "../sinks/websocket-sink.ts";

export interface HeartbeatTimes {
  readonly heartbeatMs: number;
  readonly pongMs: number;
  /** Between two checks of all sockets. */
  readonly checkMs: number;
}

export const defaultHeartbeatTimes: HeartbeatTimes = {
  heartbeatMs: timings.heartbeatMs,
  pongMs: timings.pongMs,
  checkMs: 1_000,
};

/** Pings all sockets, and ends those whose client does not answer. One timer for all of them. */
export class SocketHeartbeat {
  readonly #times: HeartbeatTimes;
  readonly #beats = new Map<WebSocket, { readonly sink: SocketSink; nextPingAt: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(times: HeartbeatTimes) {
    this.#times = times;
  }

  start(): void {
    this.#timer = setInterval(() => this.check(performance.now()), this.#times.checkMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  watch(socket: WebSocket, sink: SocketSink): void {
    // The first ping has a random delay, so that sockets that came together are not pinged together.
    const firstMs = this.#times.heartbeatMs * (0.5 + Math.random() / 2);
    this.#beats.set(socket, { sink, nextPingAt: performance.now() + firstMs });
    socket.on("close", () => this.#beats.delete(socket));
  }

  /** Pings the sockets that are due and ends those that are dead. @param now of `performance.now()` */
  check(now: number): void {
    const { heartbeatMs, pongMs, checkMs } = this.#times;
    for (const [socket, beat] of this.#beats) {
      const { pings, hasEnded } = beat.sink;
      if (hasEnded) continue;
      // The gateway does not read from a paused socket, so a pong would wait behind the frames.
      if (socket.isPaused) beat.sink.forgetPings();
      // The ping waits behind much else. Whether the client reads at all is the matter of `SlowConsumers`.
      else if (beat.sink.isBehind) pings.postpone(now);
      if (pings.askedAt !== undefined && now - pings.askedAt > pongMs + checkMs) {
        socket.close(closeCodes.no_heartbeat.code, "no_heartbeat");
        socket.terminate();
      } else if (now >= beat.nextPingAt && pings.askedAt === undefined) {
        beat.nextPingAt = now + heartbeatMs;
        beat.sink.ping(now);
      }
    }
  }
}
