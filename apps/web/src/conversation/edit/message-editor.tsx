import type { Session, UserMessage } from "@natter/client";
import { useRef, type ReactNode } from "react";
import { ComposerField } from "../../composer/composer-field.tsx";
import { useFieldFocus, writeField, type FieldDraft } from "../../drafts/field-draft.ts";
import { Button } from "../../interface/button.tsx";
import { useEscape } from "../../interface/escape.ts";
import { reasonOfCode } from "../../interface/reason.ts";
import { useText } from "../../locale/use-text.ts";
import { editName } from "./edit-draft.ts";
import { canBeSaved, useEditActions } from "./use-edit-actions.ts";

interface MessageEditorProperties {
  readonly session: Session;
  readonly message: UserMessage;
  readonly draft: FieldDraft;
}

/** Changes a message in its place. Enter also asks the model for a new answer. */
export function MessageEditor({ session, message, draft }: MessageEditorProperties): ReactNode {
  const text = useText();
  const editor = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const name = editName(session, message.id ?? message.key);
  const { save, cancel, putAside } = useEditActions(session, message, draft);
  const isSavable = canBeSaved(message, draft.text);
  useFieldFocus(name, field);
  useEscape(editor, putAside);
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
      <Obstacle message={message} draft={draft} />
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

/** Why the new text is not saved. */
function Obstacle({ message, draft }: Omit<MessageEditorProperties, "session">): ReactNode {
  const text = useText();
  return (
    <>
      {message.deletedAt !== undefined && (
        <p className="mt-2 text-sm text-alarm">{text("message.deleted")}</p>
      )}
      {draft.refusal !== undefined && (
        <p className="mt-2 text-sm text-alarm" data-testid="refusal">
          {text("message.editRefused", { reason: reasonOfCode(draft.refusal, text) })}
        </p>
      )}
    </>
  );
}
