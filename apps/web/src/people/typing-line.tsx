import { useTyping } from "@natter/client/react";
import type { Session } from "@natter/client";
import type { ReactNode } from "react";
import { useText } from "../locale/use-text.ts";
import { useNameOf } from "./names.tsx";

/** Who else is typing. It has its place also when nobody is, so that nothing moves. */
export function TypingLine({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const nameOf = useNameOf();
  const [first, second, third] = useTyping(session);
  const said = third
    ? text("people.typingMany")
    : second
      ? text("people.typingTwo", { name: first ? nameOf(first) : "", other: nameOf(second) })
      : first && text("people.typingOne", { name: nameOf(first) });
  return (
    <p aria-live="polite" className="h-5 truncate px-1 text-xs text-soft" data-testid="typing">
      {said}
    </p>
  );
}
