import type { Session } from "@natter/client";
import { draftName, keptNames, readText } from "../drafts/draft.ts";
import { readFieldDraft } from "../drafts/field-draft.ts";
import { editPrefix } from "./edit/edit-draft.ts";

/** What was written in a session and is not stored, each text once: what waits, changes of messages, the next message. */
export function unsentTexts(session: Session): string[] {
  const waiting = session.getSnapshot().keys.flatMap((key) => {
    const message = session.getMessage(key);
    return message?.kind === "message" && message.delivery !== "stored" ? [message.text] : [];
  });
  const edits = keptNames(editPrefix(session.id)).map((name) => readFieldDraft(name)?.text ?? "");
  const texts = [...waiting, ...edits, readText(draftName(session.id))];
  return [...new Set(texts.filter((text) => text !== ""))];
}
