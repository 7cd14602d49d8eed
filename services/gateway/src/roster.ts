import type { User } from "@natter/protocol";

export interface RosterChange {
  /** Who is here and was not, or has another name now. */
  readonly joined: readonly User[];
  readonly left: readonly User[];
}

const noChange: RosterChange = { joined: [], left: [] };

/**
 * Who is in one session, put together from what each gateway says. A user is one however many tabs and gateways
 * they are at, and leaves with the last of them. Pure.
 */
export class Roster {
  readonly #sets = new Map<string, { readonly revision: number; readonly users: readonly User[] }>();
  #users: ReadonlyMap<string, User> = new Map();

  get gateways(): string[] {
    return [...this.#sets.keys()];
  }

  get users(): User[] {
    return [...this.#users.values()];
  }

  /** Takes over all that `gateway` says. What is older than what it said before changes nothing. */
  put(gateway: string, revision: number, users: readonly User[]): RosterChange {
    const known = this.#sets.get(gateway);
    if (known && revision <= known.revision) return noChange;
    // Also an empty one stays: it is what makes a late one old.
    this.#sets.set(gateway, { revision, users });
    return this.#merge();
  }

  drop(gateway: string): RosterChange {
    return this.#sets.delete(gateway) ? this.#merge() : noChange;
  }

  #merge(): RosterChange {
    const before = this.#users;
    const users = new Map<string, User>();
    for (const set of this.#sets.values())
      for (const user of set.users) if (!users.has(user.id)) users.set(user.id, user);
    this.#users = users;
    return {
      joined: [...users.values()].filter(({ id, name }) => before.get(id)?.name !== name),
      left: [...before.values()].filter(({ id }) => !users.has(id)),
    };
  }
}
