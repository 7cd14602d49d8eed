import type { Session, UserMessage } from "@natter/client";
import { CircleAlert, Clock, CornerUpLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useQuoted } from "../../composer/use-quoted.ts";
import { takeBack } from "../../composer/use-send.ts";
import { Button } from "../../interface/button.tsx";
import { reasonOf } from "../../interface/reason.ts";
import { useLanguage, useText } from "../../locale/use-text.ts";
import { PlainText } from "../../markdown/plain-text.tsx";
import { Avatar } from "../../people/avatar.tsx";
import { useNameOf } from "../../people/names.tsx";
import { useEdit } from "../edit/edit-draft.ts";
import { MessageActions } from "./message-actions.tsx";
import { MessageEditor } from "../edit/message-editor.tsx";
import { Reactions } from "./reactions.tsx";

interface UserMessageRowProperties {
  readonly session: Session;
  readonly message: UserMessage;
}

/** A person's message: one's own on the right, others' on the left with their name. */
export function UserMessageRow({ session, message }: UserMessageRowProperties): ReactNode {
  const edit = useEdit(session, message);
  const isEditing = edit?.state === "open";
  const { isOwn, user } = message;
  return (
    <article
      className={`group flex gap-3 ${isOwn ? "justify-end" : ""}`}
      data-testid="message"
      data-delivery={message.delivery}
    >
      {!isOwn && <Avatar user={user} />}
      <div className={`flex max-w-[85%] min-w-0 flex-col ${isOwn ? "items-end" : "items-start"}`}>
        <Byline session={session} message={message} isEditing={isEditing} />
        {isEditing ? (
          <MessageEditor session={session} message={message} draft={edit} />
        ) : (
          <Bubble session={session} message={message} />
        )}
        <Reactions session={session} message={message} />
        <DeliveryNote session={session} message={message} />
      </div>
    </article>
  );
}

function Byline({
  session,
  message,
  isEditing,
}: UserMessageRowProperties & { readonly isEditing: boolean }): ReactNode {
  const text = useText();
  const language = useLanguage();
  const nameOf = useNameOf();
  const at = new Date(message.sentAt);
  return (
    <div
      className={`flex min-h-7 items-center gap-2 px-1 text-xs text-soft ${message.isOwn ? "flex-row-reverse" : ""}`}
    >
      <span className={message.isOwn ? "sr-only" : "font-medium text-ink"}>
        {message.isOwn ? text("message.own") : nameOf(message.user)}
      </span>
      <time dateTime={message.sentAt} title={at.toLocaleString(language)}>
        {at.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" })}
      </time>
      {message.editedAt !== undefined && <span>{text("message.edited")}</span>}
      {message.delivery === "stored" && message.deletedAt === undefined && !isEditing && (
        <MessageActions session={session} message={message} />
      )}
    </div>
  );
}

function Bubble({ session, message }: UserMessageRowProperties): ReactNode {
  const text = useText();
  if (message.deletedAt !== undefined)
    return (
      <p className="rounded-2xl border border-dashed border-line px-4 py-2 text-sm text-soft italic">
        {text("message.deleted")}
      </p>
    );
  const ground = message.isOwn ? "bg-mine" : "bg-sunken";
  const waits = message.delivery === "stored" && !message.isChanging ? "" : "opacity-75";
  return (
    <div className={`max-w-full rounded-2xl px-4 py-2 ${ground} ${waits}`}>
      {message.replyTo !== undefined && <Quote session={session} messageId={message.replyTo} />}
      <PlainText text={message.text} />
    </div>
  );
}

function Quote({ session, messageId }: { readonly session: Session; readonly messageId: string }): ReactNode {
  const text = useText();
  const quoted = useQuoted(session, messageId);
  return (
    <p className="mb-1 flex gap-1.5 border-l-2 border-accent pl-2 text-xs text-soft">
      <CornerUpLeft size={13} aria-hidden className="mt-0.5 shrink-0" />
      <span className="line-clamp-2">
        {quoted
          ? `${text("message.repliesTo", { name: quoted.author })}: ${quoted.beginning}`
          : text("message.repliesToMissing")}
      </span>
    </p>
  );
}

/** Shows the state of a message that is not stored, and what the person can do. */
function DeliveryNote({ session, message }: UserMessageRowProperties): ReactNode {
  const text = useText();
  const { delivery, key, error } = message;
  if (delivery === "stored") return null;
  if (delivery !== "failed")
    return (
      <p className="mt-1 flex items-center gap-1 px-1 text-xs text-soft">
        <Clock size={12} aria-hidden />
        {text(delivery === "queued" ? "message.queued" : "message.sending")}
        {delivery === "queued" && (
          <button
            type="button"
            className="ml-1 underline"
            onClick={() => {
              takeBack(session, message.text, message.replyTo);
              session.discard(key);
            }}
          >
            {text("message.takeBack")}
          </button>
        )}
      </p>
    );
  return (
    <div role="alert" className="mt-1 flex flex-wrap items-center justify-end gap-1 text-xs text-alarm">
      <CircleAlert size={13} aria-hidden />
      {text("message.failed", { reason: reasonOf(error, text) })}
      <Button className="px-2 py-1 text-xs" onClick={() => session.retry(key)}>
        {text("message.retry")}
      </Button>
      <Button className="px-2 py-1 text-xs" look="alarm" onClick={() => session.discard(key)}>
        {text("message.discard")}
      </Button>
    </div>
  );
}
