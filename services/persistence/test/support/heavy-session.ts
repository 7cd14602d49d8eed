import type { User } from "@natter/protocol";
import { TestLog } from "./events.ts";

/** A word whose grams are in each of the heavy texts, but not the word. */
export const hiddenWord = "abc";
const textBytes = 60_000;

/** Each as large as a client's frame can be, and slow to compare, because not all of it is ASCII. */
const heavyText = "ab bc é ".repeat(textBytes / 9);

/** A session with many messages that a search for `hiddenWord` has to compare, between two that have it. */
export function heavySession(user: User, messages: number): TestLog {
  const log = new TestLog();
  log.message("first", `${hiddenWord} first`, user);
  for (let number = 0; number < messages; number++) log.message(`m${number}`, heavyText, user);
  log.message("last", `${hiddenWord} last`, user);
  return log;
}
