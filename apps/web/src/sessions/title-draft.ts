import type { SessionEntry } from "@natter/client";
import { useEffect } from "react";
import {
  forgetField,
  isAwaited,
  refuseField,
  useFieldDraft,
  type FieldDraft,
} from "../drafts/field-draft.ts";

/** Where the new title of a session is kept. */
export function titleName(sessionId: string): string {
  return `title.${sessionId}`;
}

/** What is being written in the place of a title, if anything is. Cares for what an earlier page has left. */
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
