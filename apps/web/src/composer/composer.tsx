import type { Session } from "@natter/client";
import { useConnection, useRunning } from "@natter/client/react";
import { ArrowUp, Square } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { messageDraft, useDraft } from "../drafts/draft.ts";
import { IconButton } from "../interface/button.tsx";
import { useText } from "../locale/use-text.ts";
import { ComposerField } from "./composer-field.tsx";
import { composerId } from "./composer-place.ts";
import { useConversation } from "./conversation-state.ts";
import { ReplyingTo } from "./replying-to.tsx";
import { useSendDraft } from "./use-send.ts";

/** Where a person writes. What is sent while an answer streams is answered next. */
export function Composer({ session }: { readonly session: Session }): ReactNode {
  return (
    <div id={composerId} className="px-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
      <div className="mx-auto max-w-3xl rounded-2xl border border-edge/60 bg-raised shadow-raised focus-within:border-accent">
        <ReplyingTo session={session} />
        <NextMessage session={session} />
      </div>
    </div>
  );
}

function NextMessage({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const field = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useDraft(messageDraft(session.id));
  const { editLast } = useConversation();
  const placeholder = usePlaceholder(session);
  const send = useSendDraft(session);
  return (
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
          if (event.key === "ArrowUp" && draft === "") editLast();
        }}
      />
      <StopButton session={session} />
      <SendButton
        disabled={draft.trim() === ""}
        onClick={() => {
          send(field.current?.value ?? "");
          field.current?.focus();
        }}
      />
    </div>
  );
}

interface SendButtonProperties {
  readonly disabled: boolean;
  readonly onClick: () => void;
}

function SendButton(properties: SendButtonProperties): ReactNode {
  const text = useText();
  return (
    <IconButton
      label={text("composer.send")}
      className="size-9 rounded-xl bg-accent text-on-accent hover:bg-accent hover:text-on-accent hover:brightness-110 disabled:bg-hover disabled:text-soft disabled:opacity-100"
      {...properties}
    >
      <ArrowUp size={18} aria-hidden />
    </IconButton>
  );
}

/** Stops the answer that streams. The next prompt of the queue is answered then. */
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

function usePlaceholder(session: Session): string {
  const text = useText();
  const { state } = useConnection(session);
  const isAnswering = useRunning(session).length > 0;
  if (state === "offline") return text("composer.placeholderOffline");
  return text(isAnswering ? "composer.placeholderNext" : "composer.placeholder");
}
