import type { Session } from "@natter/client";
import { useHistory } from "@natter/client/react";
import { Code, PenLine, Table2 } from "lucide-react";
import type { ReactNode } from "react";
import { useSendText } from "../../composer/use-send.ts";
import { Button } from "../../interface/button.tsx";
import { Mark } from "../../interface/mark.tsx";
import { reasonOf } from "../../interface/reason.ts";
import { useText } from "../../locale/use-text.ts";
import { useGuest } from "../../people/guest.tsx";

/** Stands in the place of the messages while there are none, or none are loaded. */
export function NoMessages({ session }: { readonly session: Session }): ReactNode {
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

/** An empty conversation: the person's name, and three ideas to begin with. */
function Welcome({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const { name } = useGuest();
  const sendText = useSendText(session);
  const ideas = [
    { icon: Table2, idea: text("welcome.ideaTable") },
    { icon: Code, idea: text("welcome.ideaCode") },
    { icon: PenLine, idea: text("welcome.ideaPoem") },
  ];
  return (
    <section className="mx-auto flex min-h-full max-w-xl flex-col items-center justify-center gap-4 px-6 py-10 text-center">
      <Mark size={52} />
      <h2 className="text-2xl font-semibold tracking-tight text-balance">{text("welcome.title")}</h2>
      <p className="text-soft text-pretty">{text("welcome.guest", { name })}</p>
      <p className="text-soft text-pretty">{text("welcome.share")}</p>
      <div className="mt-2 flex flex-wrap justify-center gap-2">
        {ideas.map(({ icon: Icon, idea }) => (
          <Button key={idea} look="line" className="px-4 py-2" onClick={() => sendText(idea)}>
            <Icon size={15} aria-hidden className="text-accent" />
            {idea}
          </Button>
        ))}
      </div>
    </section>
  );
}
