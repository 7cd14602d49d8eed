import { useRef, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { EnterPolicy } from "./enter-policy.ts";

interface ComposerFieldProperties {
  readonly fieldRef: RefObject<HTMLTextAreaElement | null>;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Called when Enter sends. `value` is the content of the field, with its last syllable. */
  readonly onSend: (value: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  readonly className?: string;
}

/** A field that grows with its text. Enter sends and Shift+Enter breaks the line, with every input method. */
export function ComposerField(properties: ComposerFieldProperties): ReactNode {
  const { fieldRef, label, placeholder, value, onChange, onSend, onKeyDown, className = "" } = properties;
  const policy = useRef(new EnterPolicy()).current;
  const send = (): void => onSend(fieldRef.current?.value ?? "");
  return (
    <div className={`growing min-w-0 flex-1 ${className}`} data-text={value}>
      <textarea
        ref={fieldRef}
        rows={1}
        value={value}
        aria-label={label}
        placeholder={placeholder}
        enterKeyHint="send"
        onChange={(event) => onChange(event.target.value)}
        onCompositionStart={() => policy.compositionStart()}
        onCompositionUpdate={(event) => policy.compositionUpdate(event.data)}
        onCompositionEnd={(event) => {
          // Some browsers put the last syllable into the field after this event.
          if (policy.compositionEnd(event.data)) setTimeout(send, 0);
        }}
        onKeyDown={(event) => {
          const { key, code, keyCode, shiftKey, nativeEvent } = event;
          const { isComposing } = nativeEvent;
          const meaning = policy.keyDown({ key, code, keyCode, shiftKey, isComposing });
          if (meaning !== "leave") event.preventDefault();
          if (meaning === "send") send();
          else onKeyDown?.(event);
        }}
        className="w-full bg-transparent outline-none placeholder:text-soft"
      />
    </div>
  );
}
