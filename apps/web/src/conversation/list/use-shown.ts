import type { Session } from "@natter/client";
import { useHistory, useMessages } from "@natter/client/react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { notify } from "../../interface/notices.tsx";
import { useText } from "../../locale/use-text.ts";
import { useConversation, type Shown } from "../../composer/conversation-state.ts";

interface Scroller {
  readonly scrollToEnd: () => void;
  readonly scrollToIndex: (index: number, options: { align: "auto" | "center" }) => void;
}

/**
 * Scrolls to what the list is to show: the end, or a message. Loads the page of the message first if
 * necessary.
 *
 * @returns whether the list shows it; until then the person has not scrolled
 */
export function useShown(session: Session, list: Scroller): boolean {
  const { shown } = useConversation();
  const keys = useMessages(session);
  const { state, hasNewer } = useHistory(session);
  const done = useRef<Shown>(undefined);
  const [settled, setSettled] = useState<Shown>();
  const isMissing = useLoading(session, shown);
  useLayoutEffect(() => {
    if (done.current === shown || keys.length === 0) return;
    const index = indexOf(session, shown, keys);
    if (index !== undefined && shown.isFound) showVersion(session, keys[index], shown.messageId);
    if (index !== undefined) list.scrollToIndex(index, { align: shown.isFound ? "center" : "auto" });
    else if (shown.messageId !== undefined ? isMissing : !hasNewer) list.scrollToEnd();
    else return;
    done.current = shown;
    // The list measures its rows in the next frame.
    requestAnimationFrame(() => {
      setSettled(shown);
      if (shown.isFound) document.querySelector<HTMLElement>("[data-found]")?.focus({ preventScroll: true });
    });
  }, [session, list, shown, keys, state, hasNewer, isMissing]);
  return settled === shown;
}

/**
 * Loads the page of what is to be shown, if it is not loaded.
 * @returns whether there is no such message
 */
function useLoading(session: Session, shown: Shown): boolean {
  const text = useText();
  const { state, hasNewer } = useHistory(session);
  const requested = useRef<Shown>(undefined);
  const [missing, setMissing] = useState<Shown>();
  const { messageId } = shown;
  useEffect(() => {
    const isHere =
      messageId === undefined ? !hasNewer : indexOf(session, shown, session.getSnapshot().keys) !== undefined;
    if (isHere || missing === shown) return;
    if (requested.current !== shown) {
      requested.current = shown;
      return session.showAround(messageId);
    }
    if (state !== "loaded" || messageId === undefined) return;
    setMissing(shown);
    notify({ text: text("conversation.messageGone"), isUrgent: true });
  }, [session, shown, messageId, state, hasNewer, missing, text]);
  return missing === shown;
}

function indexOf(session: Session, { messageId }: Shown, keys: readonly string[]): number | undefined {
  const index = messageId === undefined ? -1 : keys.indexOf(session.keyOf(messageId) ?? "");
  return index === -1 ? undefined : index;
}

/** The search hit may be an earlier version of an answer. */
function showVersion(session: Session, key = "", messageId = ""): void {
  const message = session.getMessage(key);
  const index = message?.kind === "answer" ? message.versions.indexOf(messageId) : -1;
  if (index !== -1) session.showVersion(key, index);
}
