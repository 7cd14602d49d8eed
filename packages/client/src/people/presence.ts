import type { ServerFrame, User } from "@natter/protocol/plain";

/** Without another sign, somebody who types has stopped. */
const typingMs = 5_000;

/** Who is here, and who of them types. */
export class Presence {
  readonly #changed: () => void;
  readonly #typing = new Map<string, { user: User; timer: ReturnType<typeof setTimeout> }>();
  #users: readonly User[] = [];
  #moreUsers = 0;
  #me: string | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get users(): readonly User[] {
    return this.#users;
  }

  get moreUsers(): number {
    return this.#moreUsers;
  }

  get typing(): readonly User[] {
    return [...this.#typing.values()].map(({ user }) => user);
  }

  apply(frame: ServerFrame): void {
    if (frame.type === "connection" || frame.type === "user_join" || frame.type === "user_leave")
      this.#moreUsers = frame.moreUsers ?? 0;
    switch (frame.type) {
      case "connection":
        this.#me = frame.user.id;
        this.#users = frame.users;
        return this.clear();
      case "user_join":
        this.#users = [...this.#users.filter(({ id }) => id !== frame.user.id), frame.user];
        return this.#changed();
      case "user_leave":
        this.#users = this.#users.filter(({ id }) => id !== frame.user.id);
        return this.#setTyping(frame.user, false);
      case "typing":
        return this.#setTyping(frame.user, frame.isTyping);
      case "message":
        return this.#setTyping(frame.user, false);
      default:
    }
  }

  clear(): void {
    for (const { timer } of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
    this.#changed();
  }

  #setTyping(user: User, isTyping: boolean): void {
    clearTimeout(this.#typing.get(user.id)?.timer);
    if (isTyping && user.id !== this.#me) {
      const timer = setTimeout(() => this.#setTyping(user, false), typingMs);
      this.#typing.set(user.id, { user, timer });
    } else this.#typing.delete(user.id);
    this.#changed();
  }
}
