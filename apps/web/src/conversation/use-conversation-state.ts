import type { Session, UserMessage } from "@natter/client";
import { useEffect, useMemo, useState } from "react";
import { focusComposer } from "../composer/composer-place.ts";
import type { ConversationState, Shown } from "../composer/conversation-state.ts";
import { replyDraft, useDraft } from "../drafts/draft.ts";
import { openField } from "../drafts/field-draft.ts";
import type { FoundMessage } from "../sessions/current-session.ts";
import { editName } from "./edit/edit-draft.ts";

export function useConversationState(
  session: Session,
  found: FoundMessage | undefined,
  leaveMessage: () => void,
): ConversationState {
  const [shown, setShown] = useState<Shown>(() => shownOf(found));
  useEffect(() => {
    if (found) setShown(shownOf(found));
  }, [found]);
  const [replyTo, setReplyTo] = useDraft(replyDraft(session.id));
  return useMemo(
    () => ({
      replyTo: replyTo === "" ? undefined : replyTo,
      setReplyTo(messageId) {
        setReplyTo(messageId ?? "");
        if (messageId !== undefined) focusComposer();
      },
      editLast() {
        const message = lastOwn(session);
        if (message?.id === undefined) return;
        openField(editName(session, message.id), message.text);
        setShown({ messageId: message.id });
      },
      showEnd() {
        leaveMessage();
        setShown({});
      },
      shown,
      found: found?.messageId,
    }),
    [session, replyTo, setReplyTo, shown, found, leaveMessage],
  );
}

function shownOf(found: FoundMessage | undefined): Shown {
  return found ? { messageId: found.messageId, isFound: true } : {};
}

/** The last message that this person can change. */
function lastOwn(session: Session): UserMessage | undefined {
  for (const key of session.getSnapshot().keys.toReversed()) {
    const message = session.getMessage(key);
    const isStored = message?.kind === "message" && message.isOwn && message.delivery === "stored";
    if (isStored && message.deletedAt === undefined) return message;
  }
  return undefined;
}
