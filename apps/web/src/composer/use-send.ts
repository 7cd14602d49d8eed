import type { Session } from "@natter/client";
import { useConversation } from "./conversation-state.ts";
import { notify } from "../interface/notices.tsx";
import { codeOf, reasonOf } from "../interface/reason.ts";
import { useText } from "../locale/use-text.ts";
import { draftName, keepText, readText, replyName } from "../drafts/draft.ts";

/** Sends what is in the field, and empties it. */
export function useSend(session: Session): (message: string) => void {
  const say = useSay(session);
  const { replyTo, setReplyTo } = useConversation();
  return (message) => {
    if (message.trim() === "") return;
    keepText(draftName(session.id), "");
    setReplyTo(undefined);
    say(message, replyTo);
  };
}

/** Sends a text, and leaves the field alone. What is refused can be seen in the timeline, or comes into the field. */
export function useSay(session: Session): (message: string, replyTo?: string) => void {
  const text = useText();
  const { showEnd } = useConversation();
  return (message, replyTo) => {
    showEnd();
    const lastKey = session.getSnapshot().keys.at(-1);
    const stored = session.send(message, replyTo === undefined ? {} : { replyTo });
    const key = session.getSnapshot().keys.at(-1);
    stored.catch((error: unknown) => {
      const isShown = key !== undefined && key !== lastKey;
      // What was refused at once did not come into the timeline.
      if (!isShown) takeBack(session, message, replyTo);
      // What is there and not refused waits for the next time that this chat is opened.
      else if (!isRefused(session, key)) return;
      // Only in the field can it be made shorter.
      else if (codeOf(error) === "too_large") {
        takeBack(session, message, replyTo);
        session.discard(key);
      }
      notify({ text: text("message.failed", { reason: reasonOf(error, text) }), isUrgent: true });
    });
  };
}

function isRefused(session: Session, key: string): boolean {
  const message = session.getMessage(key);
  return message?.kind === "message" && message.delivery === "failed";
}

/** Brings a text back into the field, before what was written there meanwhile. */
export function takeBack(session: Session, message: string, replyTo: string | undefined): void {
  const name = draftName(session.id);
  keepText(name, [message, readText(name)].filter(Boolean).join("\n"));
  if (replyTo !== undefined && readText(replyName(session.id)) === "")
    keepText(replyName(session.id), replyTo);
}
