import type { Session, UserMessage } from "@natter/client";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { ComposerField } from "../composer/composer-field.tsx";
import { Button } from "../interface/button.tsx";
import { useText } from "../locale/use-text.ts";
import { useConversation } from "./conversation-state.ts";
import { useAttempt } from "./message-actions.tsx";

interface MessageEditorProperties {
  readonly session: Session;
  readonly message: UserMessage;
}

/** Changes a message in its place, and asks anew with the new text if so wanted. */
export function MessageEditor({ session, message }: MessageEditorProperties): ReactNode {
  const text = useText();
  const { setEditing } = useConversation();
  const attempt = useAttempt();
  const field = useRef<HTMLTextAreaElement>(null);
  const [value, setValue] = useState(message.text);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(message.text.length, message.text.length);
    // Only when it opens: somebody else's change must not move the cursor.
  }, []);
  const save = (changed: string, reply: boolean): void => {
    const { id } = message;
    if (id === undefined || changed.trim() === "") return;
    if (reply || changed !== message.text) attempt(session.edit(id, changed, { reply }));
    setEditing(undefined);
  };
  return (
    <div className="w-[min(36rem,80vw)] max-w-full rounded-2xl border border-accent bg-raised p-3">
      <ComposerField
        fieldRef={field}
        label={text("message.editLabel")}
        placeholder=""
        value={value}
        onChange={setValue}
        onSend={(changed) => save(changed, true)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
          event.stopPropagation();
          setEditing(undefined);
        }}
      />
      <div className="mt-2 flex flex-wrap justify-end gap-2">
        <Button onClick={() => setEditing(undefined)}>{text("app.cancel")}</Button>
        <Button look="line" disabled={value.trim() === ""} onClick={() => save(value, false)}>
          {text("app.save")}
        </Button>
        <Button look="solid" disabled={value.trim() === ""} onClick={() => save(value, true)}>
          {text("message.saveAndAsk")}
        </Button>
      </div>
    </div>
  );
}
