import type { Session } from "@natter/client";
import { cutText } from "@natter/protocol/plain";
import { useConnection, useMessages, useRunning } from "@natter/client/react";
import { ArrowUp, Reply, Square, X } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { useConversation } from "./conversation-state.ts";
import { IconButton } from "../interface/button.tsx";
import { useText } from "../locale/use-text.ts";
import { ComposerField } from "./composer-field.tsx";
import { useNameOf } from "../people/names.tsx";
import { composerId } from "./composer-place.ts";
import { draftName, useKeptText } from "../drafts/draft.ts";
import { useSend } from "./use-send.ts";

/** More than a line has, in UTF-16 units. An answer can be half a megabyte in one line, which a browser lays out whole. */
const mostQuoted = 200;

/** Where one writes. What is sent while an answer streams is answered next. */
export function Composer({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useKeptText(draftName(session.id));
  const conversation = useConversation();
  const placeholder = usePlaceholder(session);
  const send = useSend(session);
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
  // After a reload the message may come later than this.
  useMessages(session);
  if (replyTo === undefined) return null;
  const message = session.getMessage(session.keyOf(replyTo) ?? "");
  const name = message?.kind === "answer" ? text("app.ai") : message && nameOf(message.user);
  return (
    <div className="flex items-center gap-2 border-b border-line py-1.5 pr-2 pl-4 text-sm text-soft">
      <Reply size={15} aria-hidden className="shrink-0" />
      <span className="shrink-0">
        {name === undefined ? text("message.repliesToMissing") : text("composer.replyingTo", { name })}
      </span>
      <span className="min-w-0 flex-1 truncate">{message && cutText(message.text, mostQuoted)}</span>
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
