import { limits, type ServerFrameOf, type User } from "@natter/protocol";
import type { Clock } from "./clock.ts";
import type { PresenceState } from "./presence-state.ts";

export interface JoinLeaveRelayDeps {
  readonly state: PresenceState;
  readonly clock: Clock;
  /** Connections get joins and leaves at most once in this time. */
  readonly relayMs: number;
  readonly relay: (frame: ServerFrameOf<"user_join" | "user_leave">) => void;
}

/**
 * Relays the changes of a session's presence to the connections here, in portions. A user who joined and left between two
 * portions is never relayed.
 */
export class JoinLeaveRelay {
  readonly #deps: JoinLeaveRelayDeps;
  /** The users as the connections know them. A new connection gets the same list, so later changes are right for it. */
  readonly #relayed = new Map<string, User>();
  #cancelNext: (() => void) | undefined;

  constructor(deps: JoinLeaveRelayDeps) {
    this.#deps = deps;
  }

  get users(): User[] {
    return [...this.#relayed.values()];
  }

  /** Relays what differs from the state, now or when the next portion is due. */
  update(): void {
    if (this.#cancelNext) return;
    const { state, clock, relayMs, relay } = this.#deps;
    const present = new Map(state.users.map((user) => [user.id, user]));
    const left = this.users.filter(({ id }) => !present.has(id));
    const joined = [...present.values()].filter(({ id, name }) => this.#relayed.get(id)?.name !== name);
    if (left.length + joined.length === 0) return;
    const count = state.more > 0 ? { moreUsers: state.more } : {};
    const leaving = left.slice(0, limits.presenceChanges);
    for (const user of leaving) {
      this.#relayed.delete(user.id);
      relay({ type: "user_leave", user, ...count });
    }
    for (const user of joined.slice(0, limits.presenceChanges - leaving.length)) {
      this.#relayed.set(user.id, user);
      relay({ type: "user_join", user, ...count });
    }
    this.#cancelNext = clock.after(relayMs, () => {
      this.#cancelNext = undefined;
      this.update();
    });
  }

  close(): void {
    this.#cancelNext?.();
  }
}
