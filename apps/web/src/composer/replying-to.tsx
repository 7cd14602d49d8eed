import type { Session } from "@natter/client";
import { useMessages } from "@natter/client/react";
import { Reply, X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../interface/button.tsx";
import { useText } from "../locale/use-text.ts";
import { useConversation } from "./conversation-state.ts";
import { useQuoted } from "./use-quoted.ts";

/** The message that the next one replies to. */
export function ReplyingTo({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const { replyTo, setReplyTo } = useConversation();
  // After a reload the message may be loaded later than this is rendered.
  useMessages(session);
  const quoted = useQuoted(session, replyTo);
  if (replyTo === undefined) return null;
  return (
    <div className="flex items-center gap-2 border-b border-line py-1.5 pr-2 pl-4 text-sm text-soft">
      <Reply size={15} aria-hidden className="shrink-0" />
      <span className="shrink-0">
        {quoted ? text("composer.replyingTo", { name: quoted.author }) : text("message.repliesToMissing")}
      </span>
      <span className="min-w-0 flex-1 truncate">{quoted?.beginning}</span>
      <IconButton label={text("composer.cancelReply")} onClick={() => setReplyTo(undefined)}>
        <X size={15} aria-hidden />
      </IconButton>
    </div>
  );
}
