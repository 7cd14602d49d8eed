import type { Session } from "@natter/client";
import { useMessages, usePresence, useRunning } from "@natter/client/react";
import { useEffect, useState } from "react";

/** Marks the session as read while the end is in view, the page is visible, and somebody else is here to see the mark. */
export function useReadReceipts(session: Session, isAtEnd: boolean): void {
  const keys = useMessages(session);
  const running = useRunning(session);
  const hasCompany = usePresence(session).length > 1;
  const isVisible = useVisibility();
  useEffect(() => {
    if (isAtEnd && isVisible && hasCompany) session.markRead();
  }, [session, keys, running, isAtEnd, isVisible, hasCompany]);
}

function useVisibility(): boolean {
  const [isVisible, setVisible] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = (): void => setVisible(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isVisible;
}
