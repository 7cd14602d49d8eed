import type { Session } from "@natter/client";
import { useHistory, useMessages, useRunning } from "@natter/client/react";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "../../interface/button.tsx";
import { reasonOf } from "../../interface/reason.ts";
import { useText } from "../../locale/use-text.ts";
import { useConversation } from "../../composer/conversation-state.ts";
import { MessageRow } from "../messages/message-row.tsx";
import { NothingSaid } from "./nothing-said.tsx";
import { useNewerMessages, useOlderMessages, type NewerMessages } from "./use-pages.ts";
import { useReading } from "./use-read-receipts.ts";
import { useShown } from "./use-shown.ts";

const estimatedRowPixels = 112;
/** So near to the end one is at the end: the view follows what is added. */
const atEndPixels = 64;
/** A row that moves does not have to be looked through: 12,000 elements took a tenth of a second each time another row came above. */
const rowLook = "[contain:layout_paint]";
const topPixels = 56;
const bottomPixels = 24;

interface MessageListProperties {
  readonly session: Session;
}

type List = Virtualizer<HTMLDivElement, HTMLLIElement>;

/**
 * Every message, of which only those in view are in the page. It stays at the end while it is there, and stays where
 * the reader is otherwise: also when older messages come above or an answer grows below.
 */
export function MessageList({ session }: MessageListProperties): ReactNode {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const keys = useMessages(session);
  const { hasNewer } = useHistory(session);
  const [isAtEnd, setAtEnd] = useState(true);
  // The page that reaches the end comes below what is read, and is no reason to go there.
  const hadNewer = useRef(hasNewer);
  useEffect(() => void (hadNewer.current = hasNewer), [hasNewer]);
  const list: List = useVirtualizer({
    count: keys.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatedRowPixels,
    getItemKey: (index) => keys[index] ?? index,
    anchorTo: "end",
    followOnAppend: !hasNewer && !hadNewer.current,
    scrollEndThreshold: atEndPixels,
    paddingStart: topPixels,
    paddingEnd: hasNewer ? topPixels : bottomPixels,
    overscan: 6,
    onChange: (instance) => setAtEnd(instance.isAtEnd(atEndPixels)),
  });
  const hasMessages = keys.length > 0;
  const isSettled = useShown(session, list);
  const { showEnd } = useConversation();
  useReading(session, isAtEnd && !hasNewer);
  const inView = list.getVirtualItems();
  useOlderMessages(session, isSettled ? inView[0]?.index : undefined);
  const newer = useNewerMessages(
    session,
    isSettled ? keys.length - 1 - (inView.at(-1)?.index ?? 0) : Infinity,
  );
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        className="h-full overflow-y-auto [overflow-anchor:none] [scrollbar-gutter:stable]"
        role="region"
        aria-label={text("conversation.label")}
        tabIndex={0}
        data-testid="messages"
      >
        {hasMessages ? (
          <Rows session={session} list={list} keys={keys} newer={newer} />
        ) : (
          <NothingSaid session={session} />
        )}
      </div>
      {(!isAtEnd || hasNewer) && hasMessages && (
        <JumpToLatest
          session={session}
          jump={showEnd}
          scroll={(pixels) => scroller.current?.scrollBy({ top: pixels })}
        />
      )}
    </div>
  );
}

interface RowsProperties {
  readonly session: Session;
  readonly list: List;
  readonly keys: readonly string[];
  readonly newer: NewerMessages;
}

function Rows({ session, list, keys, newer }: RowsProperties): ReactNode {
  const rows = list.getVirtualItems();
  return (
    <div className="relative mx-auto max-w-3xl" style={{ height: list.getTotalSize() }}>
      <Top session={session} isFailedBelow={newer.error !== undefined} />
      <ol className="absolute inset-x-0 top-0" style={{ transform: `translateY(${rows[0]?.start ?? 0}px)` }}>
        {rows.map(({ key, index }) => (
          <li key={key} data-index={index} ref={list.measureElement} className={rowLook}>
            <MessageRow session={session} messageKey={keys[index] ?? ""} />
          </li>
        ))}
      </ol>
      <Bottom session={session} newer={newer} />
    </div>
  );
}

interface TopProperties {
  readonly session: Session;
  readonly isFailedBelow: boolean;
}

/** What is above the first message: older ones, or nothing. It has its place from the beginning, so nothing jumps. */
function Top({ session, isFailedBelow }: TopProperties): ReactNode {
  const text = useText();
  const { state, hasOlder, error } = useHistory(session);
  return (
    <div className="absolute inset-x-0 top-0 grid h-14 place-items-center px-4 text-xs text-soft">
      {state === "failed" && !isFailedBelow ? (
        <PageFailure
          what="conversation.historyFailed"
          error={error}
          tryAgain={() => void session.loadOlder().catch(() => undefined)}
        />
      ) : (
        text(hasOlder || state === "loading" ? "conversation.loadingOlder" : "conversation.beginning")
      )}
    </div>
  );
}

interface PageFailureProperties {
  readonly what: "conversation.historyFailed" | "conversation.newerFailed";
  readonly error: unknown;
  readonly tryAgain: () => void;
}

function PageFailure({ what, error, tryAgain }: PageFailureProperties): ReactNode {
  const text = useText();
  return (
    <span role="alert">
      {text(what, { reason: reasonOf(error, text) })}{" "}
      <button type="button" className="font-semibold underline" onClick={tryAgain}>
        {text("sessions.tryAgain")}
      </button>
    </span>
  );
}

interface BottomProperties {
  readonly session: Session;
  readonly newer: NewerMessages;
}

/** What is below the last message of those around one that was looked for. */
function Bottom({ session, newer }: BottomProperties): ReactNode {
  const text = useText();
  const { hasNewer } = useHistory(session);
  if (!hasNewer) return null;
  return (
    <div className="absolute inset-x-0 bottom-0 grid h-14 place-items-center px-4 text-xs text-soft">
      {newer.error === undefined ? (
        text("conversation.loadingNewer")
      ) : (
        <PageFailure what="conversation.newerFailed" error={newer.error} tryAgain={newer.load} />
      )}
    </div>
  );
}

interface JumpProperties {
  readonly session: Session;
  readonly jump: () => void;
  readonly scroll: (pixels: number) => void;
}

function JumpToLatest({ session, jump, scroll }: JumpProperties): ReactNode {
  const text = useText();
  const isAnswering = useRunning(session).length > 0;
  return (
    <Button
      look="line"
      className="absolute right-5 bottom-3 rounded-full shadow-raised"
      onClick={jump}
      // It lies on the list, and the wheel is for the list.
      onWheel={(event) => scroll(event.deltaY)}
    >
      <ArrowDown size={15} aria-hidden className={isAnswering ? "waiting-dot text-accent" : ""} />
      {text("conversation.jumpToLatest")}
    </Button>
  );
}
