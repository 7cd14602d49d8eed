import type { Session } from "@natter/client";
import { messageDraft, draftNames, readDraft } from "../drafts/draft.ts";
import { readFieldDraft } from "../drafts/field-draft.ts";
import { editPrefix } from "./edit/edit-draft.ts";

/**
 * The texts of a session that are not stored, each once: messages that wait, changes of messages, the next
 * message.
 */
export function unsentTexts(session: Session): string[] {
  const waiting = session.getSnapshot().keys.flatMap((key) => {
    const message = session.getMessage(key);
    return message?.kind === "message" && message.delivery !== "stored" ? [message.text] : [];
  });
  const edits = draftNames(editPrefix(session.id)).map((name) => readFieldDraft(name)?.text ?? "");
  const texts = [...waiting, ...edits, readDraft(messageDraft(session.id))];
  return [...new Set(texts.filter((text) => text !== ""))];
}
