import { limits, type ServerFrameOf, type User } from "@natter/protocol";
import type { Clock } from "./clock.ts";
import { JoinLeaveRelay } from "./join-leave-relay.ts";
import { LocalUsers } from "./local-users.ts";
import { PresenceState, type GatewayState } from "./presence-state.ts";
import { StateExchange } from "./state-exchange.ts";

export interface SessionPresenceDeps {
  /** The id of this gateway. */
  readonly gateway: string;
  readonly clock: Clock;
  readonly times: {
    readonly graceMs: number;
    readonly answerMs: number;
    /** Connections and other gateways get changes at most once in this time. */
    readonly relayMs: number;
  };
  readonly isConnected: () => boolean;
  readonly isShuttingDown: (gateway: string) => boolean;
  readonly nextRevision: () => number;
  /** Publishes the state of this gateway. With `asks` the others publish theirs. */
  readonly publish: (state: GatewayState, asks: boolean) => void;
  /** To the connections of the session at this gateway. */
  readonly relay: (frame: ServerFrameOf<"user_join" | "user_leave">) => void;
  /** The last user has left, and the others know it. */
  readonly onEmpty: () => void;
}

/** Who is in one session that has connections here. */
export class SessionPresence {
  readonly #deps: SessionPresenceDeps;
  readonly #local: LocalUsers;
  readonly #state = new PresenceState();
  readonly #relay: JoinLeaveRelay;
  readonly #exchange: StateExchange;
  /** The users here, as they were published last or are about to be. */
  #published = "";

  constructor(deps: SessionPresenceDeps) {
    const { clock, times, gateway } = deps;
    this.#deps = deps;
    this.#local = new LocalUsers({ clock, graceMs: times.graceMs, onChange: () => this.#onLocalChange() });
    this.#relay = new JoinLeaveRelay({ ...deps, state: this.#state, relayMs: times.relayMs });
    this.#exchange = new StateExchange({
      ...deps,
      publishMs: times.relayMs,
      answerMs: times.answerMs,
      peers: () => this.#state.gateways.filter((peer) => peer !== gateway),
      publish: (asks) => deps.publish({ revision: deps.nextRevision(), ...this.#local.state }, asks),
      onNoAnswer: (peer) => this.drop(peer),
    });
  }

  /** The users for the `connection` frame of `me`, who is always listed. */
  usersFor(me: User): { users: User[]; moreUsers: number } {
    const others = this.#relay.users.filter(({ id }) => id !== me.id);
    return { users: [...others.slice(0, limits.listedUsers - 1), me], moreUsers: this.#state.more };
  }

  /** Whether another gateway has published a state of this session. */
  get hasPeers(): boolean {
    return this.#state.gateways.length > 1;
  }

  /** Counts one connection. @returns a function that ends it */
  enter(user: User): () => void {
    return this.#local.enter(user);
  }

  onState(gateway: string, state: GatewayState, asks: boolean): void {
    this.#exchange.onAnswer(gateway);
    this.#state.put(gateway, state);
    this.#relay.update();
    if (asks) this.#exchange.publishSoon();
  }

  /** The users of the gateway have left. */
  drop(gateway: string): void {
    this.#state.drop(gateway);
    this.#relay.update();
  }

  /** Requests the states of the others. @param isKnown whether every gateway with users in the session is known */
  request(isKnown: boolean): void {
    this.#exchange.request({ isKnown });
  }

  close(): void {
    this.#local.close();
    this.#relay.close();
    this.#exchange.close();
  }

  #onLocalChange(): void {
    const { gateway, nextRevision, onEmpty } = this.#deps;
    const own = this.#local.state;
    const published = JSON.stringify(own);
    if (published !== this.#published) this.#exchange.publishSoon();
    this.#published = published;
    this.#state.put(gateway, { revision: nextRevision(), ...own });
    this.#relay.update();
    if (!this.#local.isEmpty) return;
    // At once: nothing of this session is left here that could publish it later.
    this.#exchange.publishNow();
    this.close();
    onEmpty();
  }
}
