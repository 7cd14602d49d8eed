import type { SessionEntry } from "@natter/client";
import type { Translate } from "../locale/translate.ts";

/** In UTF-16 units. */
const titleLength = 60;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The title of a session, else the beginning of its last message. */
export function titleOf(
  { title, lastMessage }: Pick<SessionEntry, "title" | "lastMessage">,
  text: Translate,
): string {
  const called = title || cut(lastMessage?.message.trim().split("\n", 1)[0] ?? "");
  return called || text("sessions.untitled");
}

/** Cuts between characters as people see them: half an emoji is shown as a box. */
function cut(line: string): string {
  let end = 0;
  for (const { index, segment } of characters.segment(line.slice(0, titleLength * 2))) {
    if (index + segment.length > titleLength) break;
    end = index + segment.length;
  }
  return line.slice(0, end);
}
