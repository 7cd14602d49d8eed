import type { Session } from "@natter/client";
import { useMessages } from "@natter/client/react";
import { Copy, Trash2, Unlink } from "lucide-react";
import type { ReactNode } from "react";
import { Button, IconButton } from "../interface/button.tsx";
import { copy } from "../interface/copy.ts";
import { useText } from "../locale/use-text.ts";
import { PlainText } from "../markdown/plain-text.tsx";
import { unsentTexts } from "./unsent-texts.ts";

interface NoSessionProperties {
  readonly session: Session;
  readonly reason: "deleted" | "invalid";
  readonly begin: () => void;
}

/** There is nothing here to read or to write to. */
export function NoSession({ session, reason, begin }: NoSessionProperties): ReactNode {
  const text = useText();
  const isDeleted = reason === "deleted";
  return (
    <section className="mx-auto flex flex-1 max-w-md flex-col items-center justify-center gap-3 px-6 text-center">
      {isDeleted ? (
        <Trash2 size={28} aria-hidden className="text-soft" />
      ) : (
        <Unlink size={28} aria-hidden className="text-soft" />
      )}
      <h2 className="text-lg font-semibold">
        {text(isDeleted ? "conversation.deletedTitle" : "conversation.invalidTitle")}
      </h2>
      <p className="text-soft">{text(isDeleted ? "conversation.deletedText" : "error.bad_session")}</p>
      <Unsent session={session} />
      <Button look="solid" onClick={begin}>
        {text("app.newChat")}
      </Button>
    </section>
  );
}

/** Nobody can send it any more. Whoever wrote it can still take it elsewhere. */
function Unsent({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  useMessages(session);
  const texts = unsentTexts(session);
  if (texts.length === 0) return null;
  return (
    <div className="w-full text-left">
      <h3 className="mb-1 text-sm font-medium">{text("conversation.unsent")}</h3>
      <ul className="flex max-h-60 flex-col gap-2 overflow-y-auto">
        {texts.map((unsent) => (
          <li key={unsent} className="flex items-start gap-1 rounded-lg bg-sunken px-3 py-2 text-sm">
            <PlainText className="min-w-0 flex-1 wrap-anywhere" text={unsent} />
            <IconButton
              label={text("message.copy")}
              className="size-7"
              onClick={() => void copy(unsent, text("message.copied"), text)}
            >
              <Copy size={15} aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
    </div>
  );
}
