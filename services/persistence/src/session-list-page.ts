import { fitList, type SessionEntry, type SessionPlace } from "@natter/protocol";
import type { SessionListPage } from "./store.ts";

export interface ListedSession {
  readonly entry: SessionEntry;
  readonly place: SessionPlace;
}

/**
 * As many of the first as were asked for and one answer holds, and the place after which the rest begins. `listed` has one
 * more than `limit` if there are more.
 */
export function toListPage(listed: readonly ListedSession[], limit: number): SessionListPage {
  const sessions = fitList(listed.slice(0, limit).map(({ entry }) => entry));
  const last = sessions.length < listed.length ? listed[sessions.length - 1] : undefined;
  return { sessions, ...(last && { next: last.place }) };
}
