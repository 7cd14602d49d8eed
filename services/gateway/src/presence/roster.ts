import { limits, type User } from "@natter/protocol";

/** What one gateway says of a session. */
export interface RosterSet {
  readonly revision: number;
  readonly users: readonly User[];
  /** Users who are there, too, and whom it does not list. */
  readonly more?: number | undefined;
}

/**
 * Who is in one session, put together from what each gateway says. A user is one however many tabs and gateways
 * they are at, and leaves with the last of them. As many are listed as one frame holds, the others are counted. Pure.
 */
export class Roster {
  readonly #sets = new Map<string, RosterSet>();
  #users: ReadonlyMap<string, User> = new Map();
  #more = 0;

  get gateways(): string[] {
    return [...this.#sets.keys()];
  }

  get users(): User[] {
    return [...this.#users.values()];
  }

  /** How many are here and not listed. One whom two gateways do not list counts twice. */
  get more(): number {
    return this.#more;
  }

  /** Takes over all that `gateway` says. What is older than what it said before changes nothing. */
  put(gateway: string, set: RosterSet): void {
    const known = this.#sets.get(gateway);
    if (known && set.revision <= known.revision) return;
    // Also an empty one stays: it is what makes a late one old.
    this.#sets.set(gateway, set);
    this.#merge();
  }

  drop(gateway: string): void {
    if (this.#sets.delete(gateway)) this.#merge();
  }

  #merge(): void {
    const users = new Map<string, User>();
    const others = new Set<string>();
    this.#more = 0;
    for (const set of this.#sets.values()) {
      this.#more += set.more ?? 0;
      for (const user of set.users) {
        if (users.has(user.id)) continue;
        if (users.size < limits.listedUsers) users.set(user.id, user);
        else others.add(user.id);
      }
    }
    this.#more += others.size;
    this.#users = users;
  }
}
