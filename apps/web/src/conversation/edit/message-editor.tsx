import type { Session, UserMessage } from "@natter/client";
import { useRef, type ReactNode } from "react";
import { ComposerField } from "../../composer/composer-field.tsx";
import { focusComposer } from "../../composer/composer-place.ts";
import {
  forgetField,
  putFieldAside,
  useFieldFocus,
  writeField,
  type FieldDraft,
} from "../../drafts/field-draft.ts";
import { Button } from "../../interface/button.tsx";
import { useEscape } from "../../interface/escape.ts";
import { reasonOfCode } from "../../interface/reason.ts";
import { useAttempt } from "../../interface/use-attempt.ts";
import { useText } from "../../locale/use-text.ts";
import { editName, saveEdit } from "./edit-draft.ts";

interface MessageEditorProperties {
  readonly session: Session;
  readonly message: UserMessage;
  readonly draft: FieldDraft;
}

/** Changes a message in its place, and asks anew with the new text if so wanted. */
export function MessageEditor({ session, message, draft }: MessageEditorProperties): ReactNode {
  const text = useText();
  const attempt = useAttempt();
  const editor = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const name = editName(session, message.id ?? message.key);
  const isDeleted = message.deletedAt !== undefined;
  const isSavable = draft.text.trim() !== "" && !isDeleted;
  useFieldFocus(name, field);
  useEscape(editor, () => {
    putFieldAside(name);
    focusComposer();
  });
  const forget = (): void => {
    // The client keeps a refused text, too. It would keep it for ever, and the field would open again.
    if (message.refusedEdit) session.discard(message.refusedEdit.key);
    forgetField(name);
  };
  const cancel = (): void => {
    forget();
    focusComposer();
  };
  const save = (changed: string, reply: boolean): void => {
    if (changed.trim() === "" || isDeleted) return;
    if (reply || changed !== message.text)
      attempt(saveEdit(session, message, { ...draft, text: changed }, reply));
    else forget();
    focusComposer();
  };
  return (
    <div
      ref={editor}
      className="w-[min(36rem,80vw)] max-w-full rounded-2xl border border-accent bg-raised p-3"
    >
      <ComposerField
        fieldRef={field}
        label={text("message.editLabel")}
        placeholder=""
        value={draft.text}
        onChange={(value) => writeField(name, value)}
        onSend={(changed) => save(changed, true)}
      />
      {isDeleted && <p className="mt-2 text-sm text-alarm">{text("message.deleted")}</p>}
      {draft.refusal !== undefined && (
        <p className="mt-2 text-sm text-alarm" data-testid="refusal">
          {text("message.editRefused", { reason: reasonOfCode(draft.refusal, text) })}
        </p>
      )}
      <div className="mt-2 flex flex-wrap justify-end gap-2">
        <Button onClick={cancel}>{text("app.cancel")}</Button>
        <Button look="line" disabled={!isSavable} onClick={() => save(draft.text, false)}>
          {text("app.save")}
        </Button>
        <Button look="solid" disabled={!isSavable} onClick={() => save(draft.text, true)}>
          {text("message.saveAndAsk")}
        </Button>
      </div>
    </div>
  );
}
