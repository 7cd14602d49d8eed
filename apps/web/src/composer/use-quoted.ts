import type { Session } from "@natter/client";
import { cutText } from "@natter/protocol/plain";
import { useText } from "../locale/use-text.ts";
import { useNameOf } from "../people/names.tsx";

/** More than two lines have, in UTF-16 units. An answer can be half a megabyte in one line, and a browser lays out all of it. */
const maxQuoted = 200;

export interface Quoted {
  readonly author: string;
  readonly beginning: string;
}

/** A message as it is quoted where somebody replies to it. `undefined`: the message is not loaded. */
export function useQuoted(session: Session, messageId: string | undefined): Quoted | undefined {
  const text = useText();
  const nameOf = useNameOf();
  const message = session.getMessage(session.keyOf(messageId ?? "") ?? "");
  if (!message) return undefined;
  const author = message.kind === "answer" ? text("app.ai") : nameOf(message.user);
  return { author, beginning: cutText(message.text, maxQuoted) };
}
