import type { NatterError, Session } from "@natter/client";
import { useConnection, useDetails, usePart, useSession, useSessionEvent } from "@natter/client/react";
import { useCallback, useEffect, useRef, type ReactNode } from "react";
import { composerId, focusComposer } from "../composer/composer-place.ts";
import { Composer } from "../composer/composer.tsx";
import { ConversationContext } from "../composer/conversation-state.ts";
import { ConnectionPill } from "../connection/connection-pill.tsx";
import { notify } from "../interface/notices.tsx";
import { useText } from "../locale/use-text.ts";
import { useGuest } from "../people/guest.tsx";
import { NamesOf } from "../people/names.tsx";
import { TypingLine } from "../people/typing-line.tsx";
import type { FoundMessage } from "../sessions/current-session.ts";
import { Header } from "./header.tsx";
import { MessageList } from "./list/message-list.tsx";
import { NoSession } from "./no-session.tsx";
import { Announcements } from "./screen-reader/announcements.tsx";
import { useConversationState } from "./use-conversation-state.ts";

interface ConversationProperties {
  readonly sessionId: string;
  readonly found: FoundMessage | undefined;
  readonly leaveMessage: () => void;
  readonly begin: () => void;
  readonly openSidebar: () => void;
}

/** One session: its messages, the people who are here, and the composer. */
export function Conversation(properties: ConversationProperties): ReactNode {
  const { sessionId, found, leaveMessage, begin, openSidebar } = properties;
  const session = useSession(sessionId);
  const state = useConversationState(session, found, leaveMessage);
  useDocumentTitle(session);
  useFirstFocus(found !== undefined);
  useRefusedName(session);
  return (
    <ConversationContext value={state}>
      <NamesOf session={session}>
        <main className="flex h-full min-h-0 min-w-0 flex-col pr-[env(safe-area-inset-right)]">
          <SkipToComposer />
          <Header session={session} openSidebar={openSidebar} />
          <Messages session={session} begin={begin} />
          <Announcements session={session} />
        </main>
      </NamesOf>
    </ConversationContext>
  );
}

/** The first link of the conversation, visible while it has the focus. */
function SkipToComposer(): ReactNode {
  const text = useText();
  return (
    <a
      href={`#${composerId}`}
      className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-lg focus:bg-raised focus:px-3 focus:py-2"
      onClick={(event) => {
        event.preventDefault();
        focusComposer();
      }}
    >
      {text("app.skipToComposer")}
    </a>
  );
}

interface MessagesProperties {
  readonly session: Session;
  readonly begin: () => void;
}

/** The messages and the composer, unless there is no such session. */
function Messages({ session, begin }: MessagesProperties): ReactNode {
  const isDeleted = usePart(session, (snapshot) => snapshot.isDeleted);
  const isInvalid = useConnection(session).error?.code === "bad_session";
  if (isDeleted || isInvalid)
    return <NoSession session={session} reason={isInvalid ? "invalid" : "deleted"} begin={begin} />;
  return (
    <>
      <div className="relative flex min-h-0 flex-1 flex-col">
        {/* The pill lies on top of the list, so it moves nothing when it comes and goes. */}
        <div className="pointer-events-none absolute inset-x-3 top-2 z-10 flex justify-center">
          <ConnectionPill session={session} />
        </div>
        <MessageList session={session} />
      </div>
      <div className="mx-auto w-full max-w-3xl px-4">
        <TypingLine session={session} />
      </div>
      <Composer session={session} />
    </>
  );
}

/**
 * Puts the focus into the composer, unless the chat was opened at a search hit. Not on a phone: its keyboard
 * would cover the messages.
 */
function useFirstFocus(isReading: boolean): void {
  const wasReading = useRef(isReading).current;
  useEffect(() => {
    if (wasReading) return;
    const isElsewhere = document.activeElement?.closest("nav input, [role=dialog], [role=menu]");
    if (matchMedia("(pointer: fine)").matches && !isElsewhere) focusComposer();
  }, [wasReading]);
}

/** The server shows the person as "Guest" if it refuses the name. The person has to know it. */
function useRefusedName(session: Session): void {
  const text = useText();
  const { name } = useGuest();
  const onError = useCallback(
    ({ code }: NatterError) => {
      if (code === "bad_name")
        notify({ text: text("people.nameRefused", { name }), lastsMs: 15_000, isUrgent: true });
    },
    [text, name],
  );
  useSessionEvent(session, "error", onError);
}

function useDocumentTitle(session: Session): void {
  const { title } = useDetails(session);
  useEffect(() => {
    document.title = title ? `${title} · natter` : "natter";
  }, [title]);
}
