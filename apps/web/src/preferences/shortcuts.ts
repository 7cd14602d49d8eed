import { useClient } from "@natter/client/react";
import { useEffect, useRef } from "react";
import { focusComposer } from "../conversation/conversation.tsx";

interface Shortcuts {
  readonly sessionId: string;
  readonly begin: () => void;
  readonly openSidebar: () => void;
  readonly showKeyboard: () => void;
}

/** The keys of `keyboard-panel.tsx` that work wherever one is. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const client = useClient();
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const act = actionOf(event);
      if (!act) return;
      event.preventDefault();
      act(latest.current, () => {
        const session = client.session(latest.current.sessionId);
        const [running] = session.getSnapshot().running;
        if (running !== undefined) void session.stop(running);
      });
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [client]);
}

type Act = (shortcuts: Shortcuts, stop: () => void) => void;

function actionOf(event: KeyboardEvent): Act | undefined {
  const { key, code, altKey, ctrlKey, metaKey } = event;
  // What is open on top of the page has its own use for Escape.
  if (key === "Escape") return isSomethingOpen() ? undefined : (_, stop) => stop();
  if ((ctrlKey || metaKey) && key.toLowerCase() === "k") return focusSearch;
  // By its place: with Alt some keyboards write another letter.
  if (altKey && !ctrlKey && code === "KeyN") return ({ begin }) => begin();
  if (ctrlKey || metaKey || altKey || isWriting(event)) return undefined;
  if (key === "/") return () => focusComposer();
  if (key === "?") return ({ showKeyboard }) => showKeyboard();
  return undefined;
}

function focusSearch({ openSidebar }: Shortcuts): void {
  const field = document.querySelector<HTMLInputElement>("#search");
  if (field?.offsetParent) return field.focus();
  openSidebar();
  // It is in the page with the next frame.
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>("[role=dialog] #search")?.focus());
}

function isSomethingOpen(): boolean {
  return document.querySelector("[role=dialog], [role=menu], [role=alertdialog]") !== null;
}

function isWriting({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
