import { randomUUID } from "node:crypto";
import type { Connection, Subscription } from "@natter/session-log";
import {
  decodeGatewayBeacon,
  decodePresenceSet,
  encodeFrame,
  subjects,
  timings,
  type ServerFrameOf,
  type User,
} from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import { SessionPresence } from "./session-presence.ts";

export interface PresenceTimes {
  readonly beaconMs: number;
  readonly silentMs: number;
  readonly graceMs: number;
  /** A message can be lost: what others said of a session is asked for again so often. */
  readonly checkMs: number;
  /** At most so often readers and other gateways are told who came and who went. */
  readonly tellMs: number;
}

export interface PresenceParts {
  readonly connection: Connection;
  readonly logger: Logger;
  /** To everybody who reads the session here, but for those who are `self` if somebody came. */
  readonly tell: (sessionId: string, frame: Uint8Array, self: User | undefined) => void;
  readonly times?: PresenceTimes | undefined;
}

const usualTimes: PresenceTimes = {
  beaconMs: timings.gatewayBeaconMs,
  silentMs: timings.gatewaySilentMs,
  graceMs: timings.presenceGraceMs,
  checkMs: timings.positionCheckMs,
  tellMs: timings.presenceTellMs,
};

/**
 * Who is where, without a store: each gateway says who is at it, and says now and then that it lives. One that is
 * silent takes its people with it. Only sessions with readers here are listened to.
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #times: PresenceTimes;
  /** Another one after each start: what an earlier process said is not this one's. */
  readonly #gateway = randomUUID();
  readonly #sessions = new Map<string, { presence: SessionPresence; subscription: Subscription }>();
  /** When the others were heard last, in ms since the process began. */
  readonly #heardAt = new Map<string, number>();
  /** Those who said goodbye, until their people have left. */
  readonly #farewells = new Map<string, NodeJS.Timeout>();
  #revision = 0;
  #beaconTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #checkTimer: NodeJS.Timeout | undefined;
  #watchedAt = 0;
  #heardSelfAt = 0;
  #subscription: Subscription | undefined;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#times = parts.times ?? usualTimes;
  }

  start(): void {
    const { connection } = this.#parts;
    this.#subscription = connection.subscribe(subjects.gateways, ({ data }) => this.#onBeacon(data));
    connection.onReconnect(() => this.#beginAnew());
    this.#beaconTimer = setInterval(() => this.#beacon(), this.#times.beaconMs);
    this.#watchedAt = performance.now();
    this.#heardSelfAt = this.#watchedAt;
    this.#watchTimer = setInterval(() => this.#watch(), this.#watchMs);
    this.#checkTimer = setInterval(() => this.#check(), this.#times.checkMs);
    this.#beacon();
  }

  /** Says goodbye: whoever was here is somewhere else in a moment. */
  stop(): void {
    const leaving = encodeFrame({ gateway: this.#gateway, leaving: true });
    this.#parts.connection.publish(subjects.gateways, leaving);
    this.#subscription?.unsubscribe();
    clearInterval(this.#beaconTimer);
    clearInterval(this.#watchTimer);
    clearInterval(this.#checkTimer);
    for (const timer of this.#farewells.values()) clearTimeout(timer);
    for (const { presence, subscription } of this.#sessions.values()) {
      presence.close();
      subscription.unsubscribe();
    }
    this.#sessions.clear();
  }

  /** Somebody reads the session here. @returns what to call when they do not any more */
  enter(sessionId: string, user: User): () => void {
    const known = this.#sessions.get(sessionId);
    if (known) return known.presence.enter(user);
    const presence = this.#open(sessionId);
    const leave = presence.enter(user);
    presence.ask();
    return leave;
  }

  /** Who is in a session that `me` has entered here. */
  hereIn(sessionId: string, me: User): { users: User[]; moreUsers: number } {
    return this.#sessions.get(sessionId)?.presence.here(me) ?? { users: [me], moreUsers: 0 };
  }

  get #watchMs(): number {
    return Math.min(1_000, this.#times.beaconMs);
  }

  #open(sessionId: string): SessionPresence {
    const { connection, tell } = this.#parts;
    const subject = subjects.presence(sessionId);
    const subscription = connection.subscribe(subject, ({ data }) => this.#onSet(sessionId, data));
    const presence = new SessionPresence({
      gateway: this.#gateway,
      graceMs: this.#times.graceMs,
      answerMs: this.#times.beaconMs,
      tellMs: this.#times.tellMs,
      isConnected: () => connection.connected,
      isLeaving: (gateway) => this.#farewells.has(gateway),
      nextRevision: () => ++this.#revision,
      publish: (set) => connection.publish(subject, encodeFrame(set)),
      tell: (frame: ServerFrameOf<"user_join" | "user_leave">) =>
        tell(sessionId, encodeFrame(frame), frame.type === "user_join" ? frame.user : undefined),
      emptied: () => {
        subscription.unsubscribe();
        this.#sessions.delete(sessionId);
      },
    });
    this.#sessions.set(sessionId, { presence, subscription });
    return presence;
  }

  #onSet(sessionId: string, bytes: Uint8Array): void {
    const set = decodePresenceSet(bytes);
    if (!set) return this.#parts.logger.warn({ sessionId }, "what came as presence is none");
    if (set.gateway === this.#gateway) return;
    this.#heardAt.set(set.gateway, performance.now());
    this.#sessions.get(sessionId)?.presence.hear(set);
  }

  #onBeacon(bytes: Uint8Array): void {
    const beacon = decodeGatewayBeacon(bytes);
    if (!beacon) return this.#parts.logger.warn({}, "what came as a gateway's beacon is none");
    const { gateway, leaving } = beacon;
    if (gateway === this.#gateway) return void (this.#heardSelfAt = performance.now());
    if (leaving !== true) return void this.#heardAt.set(gateway, performance.now());
    this.#heardAt.delete(gateway);
    clearTimeout(this.#farewells.get(gateway));
    const timer = setTimeout(() => {
      this.#farewells.delete(gateway);
      this.#drop(gateway);
    }, this.#times.graceMs);
    this.#farewells.set(gateway, timer);
  }

  #beacon(): void {
    this.#parts.connection.publish(subjects.gateways, encodeFrame({ gateway: this.#gateway }));
  }

  #watch(): void {
    const now = performance.now();
    const slept = now - this.#watchedAt > this.#times.beaconMs + this.#watchMs;
    this.#watchedAt = now;
    // Who did not listen cannot say that others were silent; they have given this one up, too.
    if (slept) return this.#beginAnew();
    // Nor who is cut off without a word: then this gateway does not even hear itself.
    const isDeaf = now - this.#heardSelfAt > 1.5 * this.#times.beaconMs + this.#watchMs;
    if (isDeaf || !this.#parts.connection.connected) return this.#forgive();
    for (const [gateway, heardAt] of this.#heardAt) {
      if (now - heardAt < this.#times.silentMs) continue;
      this.#heardAt.delete(gateway);
      this.#parts.logger.warn({ gateway }, "a gateway is silent: its people have left");
      this.#drop(gateway);
    }
  }

  #check(): void {
    if (!this.#parts.connection.connected) return;
    for (const { presence } of this.#sessions.values())
      if (presence.hasOthers) presence.ask({ isKnown: true });
  }

  /** Something may have been missed on either side. */
  #beginAnew(): void {
    this.#forgive();
    this.#beacon();
    for (const { presence } of this.#sessions.values()) presence.ask();
  }

  #forgive(): void {
    for (const gateway of this.#heardAt.keys()) this.#heardAt.set(gateway, performance.now());
  }

  #drop(gateway: string): void {
    for (const { presence } of this.#sessions.values()) presence.drop(gateway);
  }
}
