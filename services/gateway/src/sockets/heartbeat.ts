import { closeCodes, timings } from "@natter/protocol";
import type { WebSocket } from "ws";
import type { SocketSink } from "../sinks/websocket-sink.ts";

export interface HeartbeatTimes {
  readonly heartbeatMs: number;
  readonly pongMs: number;
  readonly lookMs: number;
}

const usualTimes: HeartbeatTimes = {
  heartbeatMs: timings.heartbeatMs,
  pongMs: timings.pongMs,
  lookMs: 1_000,
};

/** Finds sockets whose other end is gone without a word. One timer for all of them. */
export class Heartbeat {
  readonly #times: HeartbeatTimes;
  readonly #beats = new Map<WebSocket, { readonly sink: SocketSink; nextPingAt: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(times: HeartbeatTimes = usualTimes) {
    this.#times = times;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(performance.now()), this.#times.lookMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  watch(socket: WebSocket, sink: SocketSink): void {
    // The first ping comes at a random time, so that many sockets of one moment are not pinged in one moment.
    const firstMs = this.#times.heartbeatMs * (0.5 + Math.random() / 2);
    this.#beats.set(socket, { sink, nextPingAt: performance.now() + firstMs });
    socket.on("close", () => this.#beats.delete(socket));
  }

  /** Pings who is due and ends who is dead at the time `now`, of `performance.now()`. */
  look(now: number): void {
    const { heartbeatMs, pongMs, lookMs } = this.#times;
    for (const [socket, beat] of this.#beats) {
      const { pings, hasEnded } = beat.sink;
      if (hasEnded) continue;
      // A socket that we do not read from cannot answer: its pong waits behind the frames that wait for us.
      if (socket.isPaused) beat.sink.deafen();
      // One that has much to read before the ping is not dead; whether it reads at all is looked at elsewhere.
      else if (beat.sink.isBehind) pings.postpone(now);
      if (pings.askedAt !== undefined && now - pings.askedAt > pongMs + lookMs) {
        socket.close(closeCodes.no_heartbeat.code, "no_heartbeat");
        socket.terminate();
      } else if (now >= beat.nextPingAt && pings.askedAt === undefined) {
        beat.nextPingAt = now + heartbeatMs;
        beat.sink.ping(now);
      }
    }
  }
}
