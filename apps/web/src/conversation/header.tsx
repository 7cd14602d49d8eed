import type { Session } from "@natter/client";
import { useDetails, useMessages, useRunning } from "@natter/client/react";
import { FlaskConical, Link2, PanelLeft } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../interface/button.tsx";
import { useText } from "../locale/use-text.ts";
import { PeopleHere } from "../people/people-here.tsx";
import { useSessionActions } from "../sessions/session-actions.ts";
import { isDemoModel } from "./messages/demo-model.ts";

interface HeaderProperties {
  readonly session: Session;
  readonly openSidebar: () => void;
}

export function Header({ session, openSidebar }: HeaderProperties): ReactNode {
  const text = useText();
  const { title } = useDetails(session);
  const { share } = useSessionActions();
  return (
    <header className="flex items-center gap-2 border-b border-line px-3 pt-[max(0.5rem,env(safe-area-inset-top))] pb-2 wide:px-4">
      <IconButton label={text("app.openSessions")} className="wide:hidden" onClick={openSidebar}>
        <PanelLeft size={18} aria-hidden />
      </IconButton>
      <h1 className="min-w-0 flex-1 truncate text-[0.95rem] font-semibold">
        {title || text("sessions.untitled")}
      </h1>
      <DemoBadge session={session} />
      <PeopleHere session={session} />
      <IconButton label={text("sessions.share")} onClick={() => share(session.id)}>
        <Link2 size={18} aria-hidden />
      </IconButton>
    </header>
  );
}

function DemoBadge({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  // The model becomes known when an answer begins.
  useRunning(session);
  const key = useMessages(session).findLast((candidate) => modelOf(session, candidate) !== undefined);
  if (key === undefined || !isDemoModel(modelOf(session, key))) return null;
  return (
    <span
      title={text("app.demo")}
      className="flex shrink-0 items-center gap-1 rounded-full bg-notice-ground px-2 py-0.5 text-xs"
    >
      <FlaskConical size={13} aria-hidden />
      <span className="max-sm:sr-only">{text("app.demoShort")}</span>
    </span>
  );
}

function modelOf(session: Session, key: string): string | undefined {
  const message = session.getMessage(key);
  return message?.kind === "answer" ? message.model : undefined;
}
