import { randomUUID } from "node:crypto";
import {
  decodeGatewayHeartbeat,
  decodePresenceSet,
  encodeFrame,
  subjects,
  timings,
  type GatewayHeartbeat,
  type PresenceSet,
  type User,
} from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { Connection, Subscription } from "@natter/session-log";
import type { Clock } from "./clock.ts";
import { FailureDetector, type FailureDetectorTimes } from "./failure-detector.ts";
import { SessionPresence } from "./session-presence.ts";

export interface PresenceTimes extends FailureDetectorTimes {
  /** A message can be lost, so the states of the other gateways are requested again so often. */
  readonly resyncMs: number;
  /** Connections and other gateways get changes at most once in this time. */
  readonly relayMs: number;
}

export const defaultPresenceTimes: PresenceTimes = {
  heartbeatMs: timings.gatewayHeartbeatMs,
  downMs: timings.gatewaySilentMs,
  graceMs: timings.presenceGraceMs,
  resyncMs: timings.positionCheckMs,
  relayMs: timings.presenceTellMs,
};

export interface PresenceDeps {
  readonly connection: Connection;
  readonly logger: Logger;
  /** To every connection of the session at this gateway, but for those of the user `self`, who joined. */
  readonly relay: (sessionId: string, frame: Uint8Array, self: User | undefined) => void;
  readonly times: PresenceTimes;
  readonly clock: Clock;
}

/**
 * Who is in which session, without a store: gateways publish their users to one another, and heartbeats. A gateway that is
 * down takes its users with it. This gateway subscribes only to the sessions of its own connections.
 */
export class Presence {
  readonly #deps: PresenceDeps;
  /** A new id after each start: an earlier process of this gateway was another one. */
  readonly #gateway = randomUUID();
  readonly #sessions = new Map<string, { presence: SessionPresence; subscription: Subscription }>();
  readonly #detector: FailureDetector;
  #revision = 0;
  #heartbeats: Subscription | undefined;
  #endResync: (() => void) | undefined;

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
    this.#detector = new FailureDetector({
      ...deps,
      self: this.#gateway,
      isConnected: () => deps.connection.connected,
      publish: ({ isShutdown }) => this.#publishHeartbeat(isShutdown),
      onDown: (gateway) => {
        for (const { presence } of this.#sessions.values()) presence.drop(gateway);
      },
      onResync: () => {
        for (const { presence } of this.#sessions.values()) presence.request(false);
      },
    });
  }

  start(): void {
    const { connection, clock, times } = this.#deps;
    this.#heartbeats = connection.subscribe(subjects.gateways, ({ data }) => this.#onHeartbeat(data));
    connection.onReconnect(() => this.#detector.resync());
    this.#endResync = clock.every(times.resyncMs, () => this.#resync());
    this.#detector.start();
  }

  stop(): void {
    this.#detector.stop();
    this.#heartbeats?.unsubscribe();
    this.#endResync?.();
    for (const { presence, subscription } of this.#sessions.values()) {
      presence.close();
      subscription.unsubscribe();
    }
    this.#sessions.clear();
  }

  /** A connection of `user` joins the session. @returns a function for its end */
  enter(sessionId: string, user: User): () => void {
    const known = this.#sessions.get(sessionId);
    if (known) return known.presence.enter(user);
    const presence = this.#open(sessionId);
    const leave = presence.enter(user);
    presence.request(false);
    return leave;
  }

  /** The users for the `connection` frame of `me`, who has entered the session here. */
  usersFor(sessionId: string, me: User): { users: User[]; moreUsers: number } {
    return this.#sessions.get(sessionId)?.presence.usersFor(me) ?? { users: [me], moreUsers: 0 };
  }

  #open(sessionId: string): SessionPresence {
    const { connection, clock, relay, times } = this.#deps;
    const subject = subjects.presence(sessionId);
    const subscription = connection.subscribe(subject, ({ data }) => this.#onState(sessionId, data));
    const presence = new SessionPresence({
      gateway: this.#gateway,
      clock,
      times: { ...times, answerMs: times.heartbeatMs },
      isConnected: () => connection.connected,
      isShuttingDown: (gateway) => this.#detector.isShuttingDown(gateway),
      nextRevision: () => ++this.#revision,
      publish: (state, asks) => {
        const message: PresenceSet = { gateway: this.#gateway, ...state, ...(asks ? { asks } : {}) };
        connection.publish(subject, encodeFrame(message));
      },
      relay: (frame) =>
        relay(sessionId, encodeFrame(frame), frame.type === "user_join" ? frame.user : undefined),
      onEmpty: () => {
        subscription.unsubscribe();
        this.#sessions.delete(sessionId);
      },
    });
    this.#sessions.set(sessionId, { presence, subscription });
    return presence;
  }

  #onState(sessionId: string, bytes: Uint8Array): void {
    const message = decodePresenceSet(bytes);
    if (!message) return this.#deps.logger.warn({ sessionId }, "malformed presence message ignored");
    const { gateway, asks, ...state } = message;
    if (gateway === this.#gateway) return;
    this.#detector.onMessage(gateway);
    this.#sessions.get(sessionId)?.presence.onState(gateway, state, asks === true);
  }

  #onHeartbeat(bytes: Uint8Array): void {
    const heartbeat = decodeGatewayHeartbeat(bytes);
    if (!heartbeat) return this.#deps.logger.warn({}, "malformed heartbeat ignored");
    if (heartbeat.leaving === true) this.#detector.onShutdownNotice(heartbeat.gateway);
    else this.#detector.onMessage(heartbeat.gateway);
  }

  #publishHeartbeat(isShutdown: boolean): void {
    const heartbeat: GatewayHeartbeat = { gateway: this.#gateway, ...(isShutdown ? { leaving: true } : {}) };
    this.#deps.connection.publish(subjects.gateways, encodeFrame(heartbeat));
  }

  #resync(): void {
    if (!this.#deps.connection.connected) return;
    for (const { presence } of this.#sessions.values()) if (presence.hasPeers) presence.request(true);
  }
}
