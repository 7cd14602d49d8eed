import type { Session, UserMessage } from "@natter/client";
import { focusComposer } from "../../composer/composer-place.ts";
import { forgetField, putFieldAside, type FieldDraft } from "../../drafts/field-draft.ts";
import { useAttempt } from "../../interface/use-attempt.ts";
import { editName, saveEdit } from "./edit-draft.ts";

export interface EditActions {
  /** Sends the new text, if it is one. `reply`: the model answers the new text. */
  readonly save: (changed: string, reply: boolean) => void;
  /** Forgets the new text. */
  readonly cancel: () => void;
  /** Closes the editor. The new text is there again when the editor is opened. */
  readonly putAside: () => void;
}

/** How an editor is left. Each way leads back to the composer. */
export function useEditActions(session: Session, message: UserMessage, draft: FieldDraft): EditActions {
  const attempt = useAttempt();
  const name = editName(session, message.id ?? message.key);
  const forget = (): void => {
    // The client also remembers a refused text. It would keep it for ever, and the editor would open again.
    if (message.refusedEdit) session.discard(message.refusedEdit.key);
    forgetField(name);
  };
  return {
    save(changed, reply) {
      if (!canBeSaved(message, changed)) return;
      if (reply || changed !== message.text)
        attempt(saveEdit(session, message, { ...draft, text: changed }, reply));
      else forget();
      focusComposer();
    },
    cancel() {
      forget();
      focusComposer();
    },
    putAside() {
      putFieldAside(name);
      focusComposer();
    },
  };
}

export function canBeSaved(message: UserMessage, changed: string): boolean {
  return changed.trim() !== "" && message.deletedAt === undefined;
}
