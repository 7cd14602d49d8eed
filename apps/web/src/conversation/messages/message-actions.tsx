import type { Message, Session, UserMessage } from "@natter/client";
import { Copy, Pencil, RefreshCw, Reply, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useConversation } from "../../composer/conversation-state.ts";
import { openField } from "../../drafts/field-draft.ts";
import { ActionButton } from "../../interface/button.tsx";
import { copy } from "../../interface/copy.ts";
import { useAttempt } from "../../interface/use-attempt.ts";
import { useText } from "../../locale/use-text.ts";
import { editName } from "../edit/edit-draft.ts";
import { ReactButton } from "./reactions.tsx";

interface MessageActionsProperties {
  readonly session: Session;
  readonly message: Message;
}

/** What a person can do with a stored message. A pointer, a touch or the keyboard focus shows the buttons. */
export function MessageActions({ session, message }: MessageActionsProperties): ReactNode {
  const text = useText();
  const { setReplyTo } = useConversation();
  const attempt = useAttempt();
  const { id } = message;
  if (id === undefined) return null;
  return (
    <div
      role="group"
      aria-label={text("message.actions")}
      className="flex gap-0.5 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100 has-data-popup-open:opacity-100"
    >
      <ActionButton icon={Reply} label={text("message.reply")} run={() => setReplyTo(id)} />
      <ReactButton session={session} message={message} />
      <ActionButton
        icon={Copy}
        label={text("message.copy")}
        run={() => void copy(message.text, text("message.copied"), text)}
      />
      {message.kind === "answer" && (
        <ActionButton
          icon={RefreshCw}
          label={text("answer.regenerate")}
          run={() => attempt(session.regenerate(id))}
        />
      )}
      {message.kind === "message" && message.isOwn && (
        <AuthorActions session={session} message={message} id={id} />
      )}
    </div>
  );
}

interface AuthorActionsProperties {
  readonly session: Session;
  readonly message: UserMessage;
  readonly id: string;
}

/** What only the author of a message can do with it. */
function AuthorActions({ session, message, id }: AuthorActionsProperties): ReactNode {
  const text = useText();
  const attempt = useAttempt();
  return (
    <>
      <ActionButton
        icon={Pencil}
        label={text("message.edit")}
        run={() => openField(editName(session, id), message.text)}
      />
      <ActionButton
        icon={Trash2}
        label={text("message.delete")}
        isAlarming
        run={() => attempt(session.delete(id))}
      />
    </>
  );
}
