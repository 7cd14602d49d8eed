import type { Session } from "@natter/client";
import { useMessages } from "@natter/client/react";
import { Copy, Trash2, Unlink } from "lucide-react";
import type { ReactNode } from "react";
import { ActionButton, Button } from "../interface/button.tsx";
import { copy } from "../interface/copy.ts";
import { useText } from "../locale/use-text.ts";
import { PlainText } from "../markdown/plain-text.tsx";
import { unsentTexts } from "./unsent-texts.ts";

interface NoSessionProperties {
  readonly session: Session;
  readonly reason: "deleted" | "invalid";
  readonly begin: () => void;
}

/** Stands in the place of a session that was deleted, or that cannot exist. */
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

/** The texts that the person wrote here and that cannot be sent any more. The person can copy them. */
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
            <ActionButton
              icon={Copy}
              label={text("message.copy")}
              run={() => void copy(unsent, text("message.copied"), text)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
