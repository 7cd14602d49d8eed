import { fitList, limits, type SessionEntry, type SessionPlace } from "@natter/protocol";
import type { SessionListPage } from "../store/store.ts";

export interface ListedSession {
  readonly entry: SessionEntry;
  readonly place: SessionPlace;
}

/**
 * One page of the list while it is being filled: as many sessions as were asked for and one answer holds. A session that
 * turns out to be deleted costs a look and fills nothing, so the looks have a bound of their own.
 */
export class SessionListing {
  readonly #limit: number;
  readonly #listed: ListedSession[] = [];
  #looks = 0;
  /** Of the session that was looked at last. */
  #lastPlace: SessionPlace | undefined;
  #isEnded = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Sessions that are still to be added. One more than was asked for shows that there are more. */
  get missing(): number {
    return this.#limit + 1 - this.#listed.length;
  }

  /** Whether the session at this place, the next one of the list, is to be looked at. */
  look(place: SessionPlace): boolean {
    this.#isEnded ||= this.missing <= 0 || this.#looks === limits.sessionListLooks;
    if (this.#isEnded) return false;
    this.#looks += 1;
    this.#lastPlace = place;
    return true;
  }

  add(session: ListedSession): void {
    this.#listed.push(session);
  }

  /** With the place after which the rest begins. */
  page(): SessionListPage {
    const sessions = fitList(this.#listed.slice(0, this.#limit).map(({ entry }) => entry));
    const isCut = sessions.length < this.#listed.length;
    const lookedUpTo = this.#isEnded ? this.#lastPlace : undefined;
    const next = isCut ? this.#listed[sessions.length - 1]?.place : lookedUpTo;
    return { sessions, ...(next && { next }) };
  }
}
