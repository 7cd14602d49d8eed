import { limits, type User } from "@natter/protocol";
import type { Clock } from "./clock.ts";

interface LocalUser {
  user: User;
  /** Connections of this user: tabs and devices. */
  connections: number;
  cancelLeave: () => void;
}

export interface LocalUsersDeps {
  readonly clock: Clock;
  /** A user stays listed so long after the last connection closed, so a reload shows no leave. */
  readonly graceMs: number;
  readonly onChange: () => void;
}

/** The users of one session who are connected to this gateway. */
export class LocalUsers {
  readonly #deps: LocalUsersDeps;
  readonly #users = new Map<string, LocalUser>();

  constructor(deps: LocalUsersDeps) {
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#users.size === 0;
  }

  /** As many users as one message of the broker holds, and the number of the others. */
  get state(): { users: User[]; more?: number } {
    const users = [...this.#users.values()].slice(0, limits.presenceUsers).map(({ user }) => user);
    const more = this.#users.size - users.length;
    return { users, ...(more > 0 ? { more } : {}) };
  }

  /** Counts one connection. @returns a function that ends it */
  enter(user: User): () => void {
    const local = this.#users.get(user.id) ?? { user, connections: 0, cancelLeave: () => undefined };
    local.cancelLeave();
    local.connections++;
    // The name of the latest connection counts.
    local.user = user;
    this.#users.set(user.id, local);
    this.#deps.onChange();
    let isIn = true;
    return () => {
      if (isIn) this.#leave(local);
      isIn = false;
    };
  }

  close(): void {
    for (const { cancelLeave } of this.#users.values()) cancelLeave();
  }

  #leave(local: LocalUser): void {
    local.connections--;
    if (local.connections > 0) return;
    local.cancelLeave = this.#deps.clock.after(this.#deps.graceMs, () => {
      this.#users.delete(local.user.id);
      this.#deps.onChange();
    });
  }
}
