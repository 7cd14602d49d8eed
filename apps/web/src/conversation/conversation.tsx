import type { NatterError, Session, UserMessage } from "@natter/client";
import { useConnection, useDetails, usePart, useSession, useSessionEvent } from "@natter/client/react";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { composerId, focusComposer } from "../composer/composer-place.ts";
import { Composer } from "../composer/composer.tsx";
import { replyName, useKeptText } from "../drafts/draft.ts";
import { openField } from "../drafts/field-draft.ts";
import { ConnectionPill } from "../connection/connection-pill.tsx";
import { notify } from "../interface/notices.tsx";
import { useText } from "../locale/use-text.ts";
import { useGuest } from "../people/guest.tsx";
import { NamesOf } from "../people/names.tsx";
import { TypingLine } from "../people/typing-line.tsx";
import { ConversationContext, type ConversationState, type Shown } from "../composer/conversation-state.ts";
import type { FoundMessage } from "../sessions/current-session.ts";
import { editName } from "./edit/edit-draft.ts";
import { Header } from "./header.tsx";
import { MessageList } from "./list/message-list.tsx";
import { SpokenLog } from "./screen-reader/spoken-log.tsx";
import { NoSession } from "./no-session.tsx";

interface ConversationProperties {
  readonly sessionId: string;
  readonly found: FoundMessage | undefined;
  readonly leaveMessage: () => void;
  readonly begin: () => void;
  readonly openSidebar: () => void;
}

/** One session: what was said, who is here, and where one writes. */
export function Conversation(properties: ConversationProperties): ReactNode {
  const { sessionId, found, leaveMessage, begin, openSidebar } = properties;
  const text = useText();
  const session = useSession(sessionId);
  const isDeleted = usePart(session, (snapshot) => snapshot.isDeleted);
  const isInvalid = useConnection(session).error?.code === "bad_session";
  const state = useConversationState(session, found, leaveMessage);
  useTitle(session);
  useFirstFocus(found !== undefined);
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
            <NoSession session={session} reason={isInvalid ? "invalid" : "deleted"} begin={begin} />
          ) : (
            <>
              <div className="relative flex min-h-0 flex-1 flex-col">
                {/* On top of the list: a connection that comes and goes moves nothing. */}
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
          )}
          <SpokenLog session={session} />
        </main>
      </NamesOf>
    </ConversationContext>
  );
}

function useConversationState(
  session: Session,
  found: FoundMessage | undefined,
  leaveMessage: () => void,
): ConversationState {
  const [shown, setShown] = useState<Shown>(() => shownOf(found));
  useEffect(() => {
    if (found) setShown(shownOf(found));
  }, [found]);
  const [replyTo, setReplyTo] = useKeptText(replyName(session.id));
  return useMemo(
    () => ({
      replyTo: replyTo === "" ? undefined : replyTo,
      setReplyTo(messageId) {
        setReplyTo(messageId ?? "");
        if (messageId !== undefined) focusComposer();
      },
      editLast() {
        const message = lastOwn(session);
        if (message?.id === undefined) return;
        openField(editName(session, message.id), message.text);
        setShown({ messageId: message.id });
      },
      showEnd() {
        leaveMessage();
        setShown({});
      },
      shown,
      found: found?.messageId,
    }),
    [session, replyTo, setReplyTo, shown, found, leaveMessage],
  );
}

function shownOf(found: FoundMessage | undefined): Shown {
  return found ? { messageId: found.messageId, isFound: true } : {};
}

/** The last message that this person can change. */
function lastOwn(session: Session): UserMessage | undefined {
  for (const key of session.getSnapshot().keys.toReversed()) {
    const message = session.getMessage(key);
    const isStored = message?.kind === "message" && message.isOwn && message.delivery === "stored";
    if (isStored && message.deletedAt === undefined) return message;
  }
  return undefined;
}

/** Whoever opens a chat with a keyboard at hand wants to write, unless a message was looked for; on a phone a keyboard would cover what was said. */
function useFirstFocus(isReading: boolean): void {
  const wasReading = useRef(isReading).current;
  useEffect(() => {
    if (wasReading) return;
    const isElsewhere = document.activeElement?.closest("nav input, [role=dialog], [role=menu]");
    if (matchMedia("(pointer: fine)").matches && !isElsewhere) focusComposer();
  }, [wasReading]);
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
