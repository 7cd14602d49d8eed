import type { Session } from "@natter/client";
import { useConversation } from "./conversation-state.ts";
import { notify } from "../interface/notices.tsx";
import { codeOf, reasonOf } from "../interface/reason.ts";
import { useText } from "../locale/use-text.ts";
import { messageDraft, writeDraft, readDraft, replyDraft } from "../drafts/draft.ts";

/** Sends the content of the field, and empties the field. */
export function useSendDraft(session: Session): (message: string) => void {
  const sendText = useSendText(session);
  const { replyTo, setReplyTo } = useConversation();
  return (message) => {
    if (message.trim() === "") return;
    writeDraft(messageDraft(session.id), "");
    setReplyTo(undefined);
    sendText(message, replyTo);
  };
}

/** Sends a text without the field. A refused text stays in the timeline, or comes into the field. */
export function useSendText(session: Session): (message: string, replyTo?: string) => void {
  const text = useText();
  const { showEnd } = useConversation();
  return (message, replyTo) => {
    showEnd();
    const lastKey = session.getSnapshot().keys.at(-1);
    const stored = session.send(message, replyTo === undefined ? {} : { replyTo });
    const key = session.getSnapshot().keys.at(-1);
    stored.catch((error: unknown) => {
      const isShown = key !== undefined && key !== lastKey;
      // A message that was refused at once is not in the timeline.
      if (!isShown) takeBack(session, message, replyTo);
      // A message that is there and not refused is sent when this chat is opened again.
      else if (!isRefused(session, key)) return;
      // The person can shorten the text only in the field.
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

/** Puts a text back into the field, before the text that was written meanwhile. */
export function takeBack(session: Session, message: string, replyTo: string | undefined): void {
  const name = messageDraft(session.id);
  writeDraft(name, [message, readDraft(name)].filter(Boolean).join("\n"));
  if (replyTo !== undefined && readDraft(replyDraft(session.id)) === "")
    writeDraft(replyDraft(session.id), replyTo);
}
