import { useTyping } from "@natter/client/react";
import type { Session } from "@natter/client";
import type { ReactNode } from "react";
import { useText } from "../locale/use-text.ts";
import { useNameOf } from "./names.tsx";

/** The others who are typing. The line has its place also when it is empty, so that nothing moves. */
export function TypingLine({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const nameOf = useNameOf();
  const [first, second, third] = useTyping(session);
  const line = third
    ? text("people.typingMany")
    : second
      ? text("people.typingTwo", { name: first ? nameOf(first) : "", other: nameOf(second) })
      : first && text("people.typingOne", { name: nameOf(first) });
  return (
    <p aria-live="polite" className="h-5 truncate px-1 text-xs text-soft" data-testid="typing">
      {line}
    </p>
  );
}
