import type { Session } from "@natter/client";
import { useConnection, useRunning } from "@natter/client/react";
import { ArrowUp, Reply, Square, X } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { useConversation } from "../conversation/conversation-state.ts";
import { IconButton } from "../interface/button.tsx";
import { notify } from "../interface/notices.tsx";
import { reasonOf } from "../interface/reason.ts";
import { useText } from "../locale/use-text.ts";
import { ComposerField } from "./composer-field.tsx";
import { useDraft } from "./draft.ts";
import { useNameOf } from "../people/names.tsx";

export const composerId = "composer";

/** Where one writes. What is sent while an answer streams is answered next. */
export function Composer({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useDraft(session.id);
  const conversation = useConversation();
  const placeholder = usePlaceholder(session);
  const send = (message: string): void => {
    if (message.trim() === "") return;
    const { replyTo } = conversation;
    setDraft("");
    conversation.setReplyTo(undefined);
    conversation.sent();
    session.send(message, replyTo === undefined ? {} : { replyTo }).catch((error: unknown) => {
      // What is not in the timeline comes back into the field: nothing that was written is lost.
      if (!isInTimeline(session, message)) setDraft(message);
      notify({ text: text("message.failed", { reason: reasonOf(error, text) }), isUrgent: true });
    });
  };
  return (
    <div id={composerId} className="px-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
      <div className="mx-auto max-w-3xl rounded-2xl border border-edge/60 bg-raised shadow-raised focus-within:border-accent">
        <ReplyingTo session={session} />
        <div className="flex items-end gap-2 p-2 pl-4">
          <ComposerField
            fieldRef={field}
            label={text("composer.label")}
            placeholder={placeholder}
            value={draft}
            className="py-1"
            onChange={(value) => {
              setDraft(value);
              if (value !== "") session.typing();
            }}
            onSend={send}
            onKeyDown={(event) => {
              if (event.key === "ArrowUp" && draft === "") conversation.editLast();
            }}
          />
          <StopButton session={session} />
          <IconButton
            label={text("composer.send")}
            disabled={draft.trim() === ""}
            className="size-9 rounded-xl bg-accent text-on-accent hover:bg-accent hover:text-on-accent hover:brightness-110 disabled:bg-hover disabled:text-soft disabled:opacity-100"
            onClick={() => {
              send(field.current?.value ?? "");
              field.current?.focus();
            }}
          >
            <ArrowUp size={18} aria-hidden />
          </IconButton>
        </div>
      </div>
    </div>
  );
}

/** Ends the answer that streams; those that wait are answered next. */
function StopButton({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const [running] = useRunning(session);
  if (running === undefined) return null;
  return (
    <button
      type="button"
      title={`${text("answer.stop")} (${text("answer.stopHint")})`}
      className="inline-flex h-9 shrink-0 items-center gap-1.5 rounded-xl border border-line bg-raised px-3 text-sm font-medium hover:bg-hover"
      onClick={() => void session.stop(running)}
    >
      <Square size={13} aria-hidden fill="currentColor" />
      {text("answer.stop")}
    </button>
  );
}

function ReplyingTo({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const nameOf = useNameOf();
  const { replyTo, setReplyTo } = useConversation();
  const message = replyTo === undefined ? undefined : session.getMessage(session.keyOf(replyTo) ?? "");
  if (!message) return null;
  const name = message.kind === "answer" ? text("app.ai") : nameOf(message.user);
  return (
    <div className="flex items-center gap-2 border-b border-line py-1.5 pr-2 pl-4 text-sm text-soft">
      <Reply size={15} aria-hidden className="shrink-0" />
      <span className="shrink-0">{text("composer.replyingTo", { name })}</span>
      <span className="min-w-0 flex-1 truncate">{message.text}</span>
      <IconButton label={text("composer.cancelReply")} onClick={() => setReplyTo(undefined)}>
        <X size={15} aria-hidden />
      </IconButton>
    </div>
  );
}

function usePlaceholder(session: Session): string {
  const text = useText();
  const { state } = useConnection(session);
  const isAnswering = useRunning(session).length > 0;
  if (state === "offline") return text("composer.placeholderOffline");
  return text(isAnswering ? "composer.placeholderNext" : "composer.placeholder");
}

/** Whether a refused message can be seen, and so be sent again from there. */
function isInTimeline(session: Session, sent: string): boolean {
  return session.getSnapshot().keys.some((key) => {
    const message = session.getMessage(key);
    return message?.kind === "message" && message.delivery === "failed" && message.text === sent;
  });
}
