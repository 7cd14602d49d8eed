import type { SessionEntry } from "@natter/client";
import { useEffect } from "react";
import {
  forgetField,
  isAwaited,
  refuseField,
  useFieldDraft,
  type FieldDraft,
} from "../drafts/field-draft.ts";

/** Name of the draft of a session's title. */
export function titleName(sessionId: string): string {
  return `title.${sessionId}`;
}

/** The draft of a title, if there is one. Also settles a change that an earlier page sent. */
export function useTitleDraft({ sessionId, title }: SessionEntry): FieldDraft | undefined {
  const name = titleName(sessionId);
  const draft = useFieldDraft(name);
  useEffect(() => {
    if (draft === undefined || isAwaited(name)) return;
    const isLeft = draft.state === "sent";
    if ((isLeft || draft.refusal !== undefined) && draft.text.trim() === title) forgetField(name);
    else if (isLeft) refuseField(name, draft, "network");
  }, [name, draft, title]);
  return draft;
}
