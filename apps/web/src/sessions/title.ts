import type { SessionEntry } from "@natter/client";
import type { Translate } from "../locale/locale.ts";

const titleLength = 60;

/** What a session is called: its title, else how it went on last. */
export function titleOf(
  { title, lastMessage }: Pick<SessionEntry, "title" | "lastMessage">,
  text: Translate,
): string {
  const called = title || lastMessage?.message.trim().split("\n", 1)[0]?.slice(0, titleLength);
  return called || text("sessions.untitled");
}
