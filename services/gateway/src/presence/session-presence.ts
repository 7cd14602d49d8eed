import type { PresenceSet, ServerFrameOf, User } from "@natter/protocol";
import { limits } from "@natter/protocol";
import { Roster } from "./roster.ts";

export interface SessionPresenceParts {
  /** This gateway. */
  readonly gateway: string;
  /** How long somebody who left is still here: a reload is no leave. */
  readonly graceMs: number;
  /** How long the others have to answer. */
  readonly answerMs: number;
  /** At most so often readers and other gateways are told. */
  readonly tellMs: number;
  /** Whether what is said here is heard at all. */
  readonly isConnected: () => boolean;
  /** Whether this gateway said goodbye, and its people have a moment yet to come back elsewhere. */
  readonly isLeaving: (gateway: string) => boolean;
  readonly nextRevision: () => number;
  readonly publish: (set: PresenceSet) => void;
  /** To everybody who reads the session here. */
  readonly tell: (frame: ServerFrameOf<"user_join" | "user_leave">) => void;
  /** Nobody is here any more. */
  readonly emptied: () => void;
}

interface Here {
  user: User;
  /** Tabs and devices of this user at this gateway. */
  readers: number;
  leaving: NodeJS.Timeout | undefined;
}

/** Who comes and goes at the same time is told to the other gateways at once. */
const gatherMs = 50;

/** Who is in one session that has readers here. */
export class SessionPresence {
  readonly #parts: SessionPresenceParts;
  readonly #here = new Map<string, Here>();
  readonly #roster = new Roster();
  /** Who is here as far as readers were told. A reader that comes is told the same, so what follows is right for it. */
  readonly #told = new Map<string, User>();
  #tellingReaders: NodeJS.Timeout | undefined;
  /** Who is here, as the other gateways were told last or are about to be. */
  #said = "";
  #telling: NodeJS.Timeout | undefined;
  #publishedAt = Number.NEGATIVE_INFINITY;
  #answers: NodeJS.Timeout | undefined;
  /** Gateways that were asked and have not answered. */
  readonly #unheard = new Set<string>();

  constructor(parts: SessionPresenceParts) {
    this.#parts = parts;
  }

  /** What a reader that comes is told: who is here, and itself in any case. */
  here(me: User): { users: User[]; moreUsers: number } {
    const others = [...this.#told.values()].filter(({ id }) => id !== me.id);
    return { users: [...others.slice(0, limits.listedUsers - 1), me], moreUsers: this.#roster.more };
  }

  /** @returns how to leave again */
  enter(user: User): () => void {
    const here = this.#here.get(user.id) ?? { user, readers: 0, leaving: undefined };
    clearTimeout(here.leaving);
    here.leaving = undefined;
    here.readers++;
    here.user = user;
    this.#here.set(user.id, here);
    this.#update();
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      here.readers--;
      if (here.readers === 0) here.leaving = setTimeout(() => this.#remove(user.id), this.#parts.graceMs);
    };
  }

  hear({ gateway, revision, users, more, asks }: PresenceSet): void {
    this.#unheard.delete(gateway);
    this.#roster.put(gateway, { revision, users, more });
    this.#tellReaders();
    if (asks === true) this.#tellSoon();
  }

  drop(gateway: string): void {
    this.#roster.drop(gateway);
    this.#tellReaders();
  }

  /** Whether another gateway has said something of this session. */
  get hasOthers(): boolean {
    return this.#roster.gateways.length > 1;
  }

  /**
   * Says who is here and wants to hear it of the others. An answer can be lost, so the question is put a second time: to
   * those who did not answer, and, unless it `isKnown` who the others are, to whoever may be there. One that answers
   * neither has nobody here any more, and what it said of that was lost.
   */
  ask({ isKnown = false } = {}): void {
    for (const gateway of this.#roster.gateways)
      if (gateway !== this.#parts.gateway) this.#unheard.add(gateway);
    this.#question(() => {
      if (!isKnown || this.#unheard.size > 0) this.#question(() => this.#dropUnheard());
    });
  }

  #question(then: () => void): void {
    this.#publish(true);
    clearTimeout(this.#answers);
    this.#answers = setTimeout(then, this.#parts.answerMs);
  }

  close(): void {
    clearTimeout(this.#telling);
    clearTimeout(this.#tellingReaders);
    clearTimeout(this.#answers);
    for (const { leaving } of this.#here.values()) clearTimeout(leaving);
  }

  #dropUnheard(): void {
    // The next connection asks again.
    if (!this.#parts.isConnected()) return;
    for (const gateway of this.#unheard) if (!this.#parts.isLeaving(gateway)) this.drop(gateway);
    this.#unheard.clear();
  }

  #remove(userId: string): void {
    this.#here.delete(userId);
    this.#update();
    if (this.#here.size > 0) return;
    // There is nobody here who could be told later.
    this.#publish(false);
    this.close();
    this.#parts.emptied();
  }

  #update(): void {
    const { gateway, nextRevision } = this.#parts;
    const own = this.#ownSet();
    const said = JSON.stringify(own);
    if (said !== this.#said) this.#tellSoon();
    this.#said = said;
    this.#roster.put(gateway, { revision: nextRevision(), ...own });
    this.#tellReaders();
  }

  #ownSet(): { users: User[]; more?: number } {
    const users = [...this.#here.values()].slice(0, limits.presenceUsers).map(({ user }) => user);
    const more = this.#here.size - users.length;
    return { users, ...(more > 0 ? { more } : {}) };
  }

  #tellSoon(): void {
    const waitMs = Math.max(gatherMs, this.#publishedAt + this.#parts.tellMs - performance.now());
    this.#telling ??= setTimeout(() => this.#publish(false), waitMs);
  }

  #publish(asks: boolean): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#publishedAt = performance.now();
    const { gateway, nextRevision, publish } = this.#parts;
    publish({ gateway, revision: nextRevision(), ...this.#ownSet(), ...(asks ? { asks } : {}) });
  }

  /** Whoever came and went again in the meantime is no news. */
  #tellReaders(): void {
    if (this.#tellingReaders) return;
    const here = new Map(this.#roster.users.map((user) => [user.id, user]));
    const left = [...this.#told.values()].filter(({ id }) => !here.has(id));
    const joined = [...here.values()].filter(({ id, name }) => this.#told.get(id)?.name !== name);
    if (left.length + joined.length === 0) return;
    const count = this.#roster.more > 0 ? { moreUsers: this.#roster.more } : {};
    const leaving = left.slice(0, limits.presenceChanges);
    for (const user of leaving) {
      this.#told.delete(user.id);
      this.#parts.tell({ type: "user_leave", user, ...count });
    }
    for (const user of joined.slice(0, limits.presenceChanges - leaving.length)) {
      this.#told.set(user.id, user);
      this.#parts.tell({ type: "user_join", user, ...count });
    }
    this.#tellingReaders = setTimeout(() => {
      this.#tellingReaders = undefined;
      this.#tellReaders();
    }, this.#parts.tellMs);
  }
}
