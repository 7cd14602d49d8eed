import type { Session } from "@natter/client";
import { useHistory, useMessages } from "@natter/client/react";
import { Code, Copy, PenLine, Table2, Trash2, Unlink } from "lucide-react";
import type { ReactNode } from "react";
import { useSay } from "../composer/use-send.ts";
import { Button, IconButton } from "../interface/button.tsx";
import { copy } from "../interface/copy.ts";
import { Mark } from "../interface/mark.tsx";
import { reasonOf } from "../interface/reason.ts";
import { useText } from "../locale/use-text.ts";
import { PlainText } from "../markdown/plain-text.tsx";
import { useGuest } from "../people/guest.tsx";
import { unsentTexts } from "./unsent-texts.ts";

/** What stands where nothing was said yet, or is not here yet. */
export function NothingSaid({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const { state, error } = useHistory(session);
  if (state === "loaded") return <Welcome session={session} />;
  return (
    <div className="mx-auto flex h-full max-w-3xl flex-col gap-6 px-4 pt-10" aria-busy="true">
      {state === "failed" ? (
        <p role="alert" className="rounded-xl bg-notice-ground p-4 text-sm">
          {text("conversation.historyWaits", { reason: reasonOf(error, text) })}
        </p>
      ) : (
        <span className="sr-only">{text("conversation.loading")}</span>
      )}
      {[55, 90, 40, 85].map((percent, index) => (
        <div
          key={percent}
          aria-hidden
          className={`h-12 rounded-2xl bg-sunken ${index % 2 === 0 ? "self-end" : ""}`}
          style={{ width: `${percent}%` }}
        />
      ))}
    </div>
  );
}

/** An empty conversation: who one is here, and three things to begin with. */
function Welcome({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const { name } = useGuest();
  const say = useSay(session);
  const ideas = [
    { icon: Table2, says: text("welcome.ideaTable") },
    { icon: Code, says: text("welcome.ideaCode") },
    { icon: PenLine, says: text("welcome.ideaPoem") },
  ];
  return (
    <section className="mx-auto flex min-h-full max-w-xl flex-col items-center justify-center gap-4 px-6 py-10 text-center">
      <Mark size={52} />
      <h2 className="text-2xl font-semibold tracking-tight text-balance">{text("welcome.title")}</h2>
      <p className="text-soft text-pretty">{text("welcome.guest", { name })}</p>
      <p className="text-soft text-pretty">{text("welcome.share")}</p>
      <div className="mt-2 flex flex-wrap justify-center gap-2">
        {ideas.map(({ icon: Icon, says }) => (
          <Button key={says} look="line" className="px-4 py-2" onClick={() => say(says)}>
            <Icon size={15} aria-hidden className="text-accent" />
            {says}
          </Button>
        ))}
      </div>
    </section>
  );
}

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
