import type { Message, Session } from "@natter/client";
import { Copy, Pencil, RefreshCw, Reply, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../../interface/button.tsx";
import { copy } from "../../interface/copy.ts";
import { useAttempt } from "../../interface/use-attempt.ts";
import { useText } from "../../locale/use-text.ts";
import { openField } from "../../drafts/field-draft.ts";
import { useConversation } from "../../composer/conversation-state.ts";
import { editName } from "../edit/edit-draft.ts";
import { ReactButton } from "./reactions.tsx";

interface MessageActionsProperties {
  readonly session: Session;
  readonly message: Message;
}

/** What can be done with a stored message. Shown to who points at it, touches it or comes with the keyboard. */
export function MessageActions({ session, message }: MessageActionsProperties): ReactNode {
  const text = useText();
  const { setReplyTo } = useConversation();
  const attempt = useAttempt();
  const { id } = message;
  if (id === undefined) return null;
  const isOwn = message.kind === "message" && message.isOwn;
  return (
    <div
      role="group"
      aria-label={text("message.actions")}
      className="flex gap-0.5 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100 has-data-popup-open:opacity-100"
    >
      <IconButton label={text("message.reply")} className="size-7" onClick={() => setReplyTo(id)}>
        <Reply size={15} aria-hidden />
      </IconButton>
      <ReactButton session={session} message={message} />
      <IconButton
        label={text("message.copy")}
        className="size-7"
        onClick={() => void copy(message.text, text("message.copied"), text)}
      >
        <Copy size={15} aria-hidden />
      </IconButton>
      {message.kind === "answer" && (
        <IconButton
          label={text("answer.regenerate")}
          className="size-7"
          onClick={() => attempt(session.regenerate(id))}
        >
          <RefreshCw size={15} aria-hidden />
        </IconButton>
      )}
      {isOwn && (
        <>
          <IconButton
            label={text("message.edit")}
            className="size-7"
            onClick={() => openField(editName(session, id), message.text)}
          >
            <Pencil size={15} aria-hidden />
          </IconButton>
          <IconButton
            label={text("message.delete")}
            className="size-7 hover:text-alarm"
            onClick={() => attempt(session.delete(id))}
          >
            <Trash2 size={15} aria-hidden />
          </IconButton>
        </>
      )}
    </div>
  );
}
