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

/** Where the new texts of a session's messages are kept. */
export function editPrefix(sessionId: string): string {
  return `edit.${sessionId}.`;
}

export function editName(session: Session, messageId: string): string {
  return editPrefix(session.id) + messageId;
}

/** What is being written in the place of a message, if anything is. Cares for what an earlier page has left. */
export function useEdit(session: Session, message: UserMessage): FieldDraft | undefined {
  const name = editName(session, message.id ?? message.key);
  const draft = useFieldDraft(name);
  const { key, text, isChanging, refusedEdit } = message;
  useEffect(() => {
    // The client alone still has it, for example because the browser did not keep what was written.
    if (draft === undefined && refusedEdit && refusedEdit.text !== text)
      refuseField(name, { text: refusedEdit.text, was: text, state: "open" }, refusedEdit.error.code);
    if (draft === undefined || isAwaited(name)) return;
    if (draft.refusal !== undefined && isSame(draft, text)) return forgetField(name);
    if (draft.state !== "sent" || isChanging) return;
    const abort = new AbortController();
    // Nobody waits for this change any more. It is known what became of it when what waits was read and sent.
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

/** Sends the new text. Refused, it is back in the editor, which says why. */
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
    // This page ended its connection. The change still waits and will be sent when the chat is opened again.
    if (now?.kind === "message" && now.isChanging) return;
    refuseField(name, draft, codeOf(error));
    throw error;
  }
}

function isSame(draft: FieldDraft, text: string): boolean {
  return draft.text.toWellFormed() === text;
}
