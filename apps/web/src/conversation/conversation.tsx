import type { NatterError, Session } from "@natter/client";
import { useConnection, useDetails, usePart, useSession, useSessionEvent } from "@natter/client/react";
import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { Composer, composerId } from "../composer/composer.tsx";
import { ConnectionPill } from "../connection/connection-pill.tsx";
import { notify } from "../interface/notices.tsx";
import { useText } from "../locale/use-text.ts";
import { useGuest } from "../people/guest.tsx";
import { NamesOf } from "../people/names.tsx";
import { TypingLine } from "../people/typing-line.tsx";
import { ConversationContext, type ConversationState } from "./conversation-state.ts";
import { Header } from "./header.tsx";
import { MessageList } from "./message-list.tsx";
import { SpokenLog } from "./spoken-log.tsx";
import { NoSession } from "./states.tsx";

interface ConversationProperties {
  readonly sessionId: string;
  readonly begin: () => void;
  readonly openSidebar: () => void;
}

/** One session: what was said, who is here, and where one writes. */
export function Conversation({ sessionId, begin, openSidebar }: ConversationProperties): ReactNode {
  const text = useText();
  const session = useSession(sessionId);
  const isDeleted = usePart(session, (snapshot) => snapshot.isDeleted);
  const isInvalid = useConnection(session).error?.code === "bad_session";
  const [sends, setSends] = useState(0);
  const state = useConversationState(session, setSends);
  useTitle(session);
  useFirstFocus();
  useRefusedName(session);
  return (
    <ConversationContext value={state}>
      <NamesOf session={session}>
        <main className="flex h-full min-h-0 min-w-0 flex-col pr-[env(safe-area-inset-right)]">
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
          <Header session={session} openSidebar={openSidebar} />
          {isDeleted || isInvalid ? (
            <NoSession reason={isInvalid ? "invalid" : "deleted"} begin={begin} />
          ) : (
            <>
              <div className="relative flex min-h-0 flex-1 flex-col">
                {/* On top of the list: a connection that comes and goes moves nothing. */}
                <div className="pointer-events-none absolute inset-x-3 top-2 z-10 flex justify-center">
                  <ConnectionPill session={session} />
                </div>
                <MessageList session={session} sends={sends} />
              </div>
              <div className="mx-auto w-full max-w-3xl px-4">
                <TypingLine session={session} />
              </div>
              <Composer session={session} />
            </>
          )}
          <SpokenLog session={session} />
        </main>
      </NamesOf>
    </ConversationContext>
  );
}

export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>(`#${composerId} textarea`)?.focus();
}

function useConversationState(
  session: Session,
  setSends: (count: (count: number) => number) => void,
): ConversationState {
  const [replyTo, setReplyTo] = useState<string>();
  const [editing, setEditing] = useState<string>();
  return useMemo(
    () => ({
      replyTo,
      setReplyTo(messageId) {
        setReplyTo(messageId);
        if (messageId !== undefined) focusComposer();
      },
      editing,
      setEditing(key) {
        setEditing(key);
        if (key === undefined) focusComposer();
      },
      editLast: () => setEditing(lastOwn(session) ?? editing),
      sent: () => setSends((count) => count + 1),
    }),
    [session, replyTo, editing, setSends],
  );
}

/** The last message that this person can change. */
function lastOwn(session: Session): string | undefined {
  return session.getSnapshot().keys.findLast((key) => {
    const message = session.getMessage(key);
    return (
      message?.kind === "message" &&
      message.isOwn &&
      message.delivery === "stored" &&
      message.deletedAt === undefined
    );
  });
}

/** Whoever opens a chat with a keyboard at hand wants to write; on a phone a keyboard would cover what was said. */
function useFirstFocus(): void {
  useEffect(() => {
    const isElsewhere = document.activeElement?.closest("nav input, [role=dialog], [role=menu]");
    if (matchMedia("(pointer: fine)").matches && !isElsewhere) focusComposer();
  }, []);
}

/** Whoever has a name that nobody can have is called otherwise by the server, and has to know it. */
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

function useTitle(session: Session): void {
  const { title } = useDetails(session);
  useEffect(() => {
    document.title = title ? `${title} · natter` : "natter";
  }, [title]);
}
