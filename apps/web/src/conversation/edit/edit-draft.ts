import type { Session, UserMessage } from "@natter/client";
import { useEffect } from "react";
import {
  forgetField,
  isAwaited,
  readFieldDraft,
  refuseField,
  sendField,
  useFieldDraft,
  type FieldDraft,
} from "../../drafts/field-draft.ts";
import { codeOf } from "../../interface/reason.ts";

/** Prefix of the names under which the new texts of a session's messages are stored. */
export function editPrefix(sessionId: string): string {
  return `edit.${sessionId}.`;
}

export function editName(session: Session, messageId: string): string {
  return editPrefix(session.id) + messageId;
}

/** The draft of a message's new text, if there is one. Also settles a change that an earlier page sent. */
export function useEdit(session: Session, message: UserMessage): FieldDraft | undefined {
  const name = editName(session, message.id ?? message.key);
  const draft = useFieldDraft(name);
  const { key, text, isChanging, refusedEdit } = message;
  useEffect(() => {
    // Only the client still has the text, for example because the browser did not store the draft.
    if (draft === undefined && refusedEdit && refusedEdit.text !== text)
      refuseField(name, { text: refusedEdit.text, was: text, state: "open" }, refusedEdit.error.code);
    if (draft === undefined || isAwaited(name)) return;
    if (draft.refusal !== undefined && isSame(draft, text)) return forgetField(name);
    if (draft.state !== "sent" || isChanging) return;
    const abort = new AbortController();
    // No page waits for this change any more. Its outcome is known once the outbox was read and sent.
    const settle = (): void => {
      const now = session.getMessage(key);
      if (now?.kind !== "message" || now.isChanging || readFieldDraft(name)?.state !== "sent") return;
      if (isSame(draft, now.text)) forgetField(name);
      else refuseField(name, draft, now.refusedEdit?.error.code ?? "other");
    };
    session.ready(abort.signal).then(settle, () => undefined);
    return () => abort.abort();
  }, [session, name, draft, key, text, isChanging, refusedEdit]);
  return message.isOwn ? draft : undefined;
}

/** Sends the new text. If the server refuses it, the editor opens again and shows the reason. */
export async function saveEdit(
  session: Session,
  message: UserMessage,
  draft: FieldDraft,
  reply: boolean,
): Promise<void> {
  const { id, key } = message;
  if (id === undefined) return;
  const name = editName(session, id);
  try {
    await sendField(name, draft, session.edit(id, draft.text, { reply }));
  } catch (error) {
    const now = session.getMessage(key);
    // This page closed its connection. The change is sent when the chat is opened again.
    if (now?.kind === "message" && now.isChanging) return;
    refuseField(name, draft, codeOf(error));
    throw error;
  }
}

function isSame(draft: FieldDraft, text: string): boolean {
  return draft.text.toWellFormed() === text;
}
