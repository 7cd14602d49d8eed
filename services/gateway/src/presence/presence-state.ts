import { limits, type User } from "@natter/protocol";

/** The users of one session at one gateway. */
export interface GatewayState {
  /** Grows with each state that the gateway publishes. */
  readonly revision: number;
  readonly users: User[];
  /** Users who are there, too, and are not listed. */
  readonly more?: number;
}

/**
 * The users of one session, merged from the states of all gateways. A user counts once, however many tabs and gateways they
 * use, and leaves with the last of them. As many are listed as one frame holds; the others are counted. Pure.
 */
export class PresenceState {
  readonly #states = new Map<string, GatewayState>();
  #users: ReadonlyMap<string, User> = new Map();
  #more = 0;

  get gateways(): string[] {
    return [...this.#states.keys()];
  }

  get users(): User[] {
    return [...this.#users.values()];
  }

  /** The number of users who are not listed. One whom two gateways do not list counts twice. */
  get more(): number {
    return this.#more;
  }

  /** Replaces the state of `gateway`. An older revision changes nothing. */
  put(gateway: string, state: GatewayState): void {
    const known = this.#states.get(gateway);
    if (known && state.revision <= known.revision) return;
    // An empty state stays, too: its revision shows that a late one is old.
    this.#states.set(gateway, state);
    this.#merge();
  }

  drop(gateway: string): void {
    if (this.#states.delete(gateway)) this.#merge();
  }

  #merge(): void {
    const users = new Map<string, User>();
    const others = new Set<string>();
    this.#more = 0;
    for (const state of this.#states.values()) {
      this.#more += state.more ?? 0;
      for (const user of state.users) {
        if (users.has(user.id)) continue;
        if (users.size < limits.listedUsers) users.set(user.id, user);
        else others.add(user.id);
      }
    }
    this.#more += others.size;
    this.#users = users;
  }
}
