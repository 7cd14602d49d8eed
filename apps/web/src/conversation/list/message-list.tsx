import type { Session } from "@natter/client";
import { useHistory, useMessages, useRunning } from "@natter/client/react";
import { ArrowDown } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { useConversation } from "../../composer/conversation-state.ts";
import { Button } from "../../interface/button.tsx";
import { useText } from "../../locale/use-text.ts";
import { MessageRow } from "../messages/message-row.tsx";
import { Bottom, Top } from "./list-ends.tsx";
import { NoMessages } from "./no-messages.tsx";
import { useNewerMessages, useOlderMessages, type NewerMessages } from "./use-pages.ts";
import { useReadReceipts } from "./use-read-receipts.ts";
import { useShown } from "./use-shown.ts";
import { useVirtualRows, type Rows } from "./use-virtual-rows.ts";

/** With containment a row that moves costs no layout inside: 12,000 elements took 100 ms whenever a row came above them. */
const rowLook = "[contain:layout_paint]";

/**
 * The messages of a session. The view follows new messages while the reader is at the end. Otherwise it stays where it
 * is, also when older messages come above or an answer grows below.
 */
export function MessageList({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const keys = useMessages(session);
  const { hasNewer } = useHistory(session);
  const { rows, isAtEnd } = useVirtualRows(session, scroller);
  const isSettled = useShown(session, rows);
  const { showEnd } = useConversation();
  useReadReceipts(session, isAtEnd && !hasNewer);
  const inView = rows.getVirtualItems();
  useOlderMessages(session, isSettled ? inView[0]?.index : undefined);
  const rowsBelow = isSettled ? keys.length - 1 - (inView.at(-1)?.index ?? 0) : Infinity;
  const newer = useNewerMessages(session, rowsBelow);
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
        {keys.length > 0 ? (
          <MessageRows session={session} rows={rows} keys={keys} newer={newer} />
        ) : (
          <NoMessages session={session} />
        )}
      </div>
      {(!isAtEnd || hasNewer) && keys.length > 0 && (
        <JumpToLatest
          session={session}
          jump={showEnd}
          scroll={(pixels) => scroller.current?.scrollBy({ top: pixels })}
        />
      )}
    </div>
  );
}

interface MessageRowsProperties {
  readonly session: Session;
  readonly rows: Rows;
  readonly keys: readonly string[];
  readonly newer: NewerMessages;
}

function MessageRows({ session, rows, keys, newer }: MessageRowsProperties): ReactNode {
  const inPage = rows.getVirtualItems();
  return (
    <div className="relative mx-auto max-w-3xl" style={{ height: rows.getTotalSize() }}>
      <Top session={session} isFailedBelow={newer.error !== undefined} />
      <ol
        className="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${inPage[0]?.start ?? 0}px)` }}
      >
        {inPage.map(({ key, index }) => (
          <li key={key} data-index={index} ref={rows.measureElement} className={rowLook}>
            <MessageRow session={session} messageKey={keys[index] ?? ""} />
          </li>
        ))}
      </ol>
      <Bottom session={session} newer={newer} />
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
      // The button lies on the list. The wheel scrolls the list.
      onWheel={(event) => scroll(event.deltaY)}
    >
      <ArrowDown size={15} aria-hidden className={isAnswering ? "waiting-dot text-accent" : ""} />
      {text("conversation.jumpToLatest")}
    </Button>
  );
}
