import { useClient } from "@natter/client/react";
import { useEffect, useRef } from "react";
import { focusComposer } from "../composer/composer-place.ts";
import { closeLastEditor, isSomethingOpen } from "../interface/escape.ts";

interface Shortcuts {
  readonly sessionId: string;
  readonly begin: () => void;
  readonly openSidebar: () => void;
  readonly showKeyboard: () => void;
}

/** The keys of `keyboard-panel.tsx` that work everywhere in the page. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const client = useClient();
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    let wasSomethingOpen = false;
    // An open dialog closes with the same key, before the listener below can see that it was open.
    const look = (): void => void (wasSomethingOpen = isSomethingOpen());
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      if (event.key === "Escape" && wasSomethingOpen) return;
      const act = actionOf(event);
      if (!act) return;
      event.preventDefault();
      act(latest.current, () => {
        const session = client.session(latest.current.sessionId);
        const [running] = session.getSnapshot().running;
        if (running !== undefined) void session.stop(running);
      });
    };
    addEventListener("keydown", look, { capture: true });
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("keydown", look, { capture: true });
      removeEventListener("keydown", onKeyDown);
    };
  }, [client]);
}

type Act = (shortcuts: Shortcuts, stop: () => void) => void;

function actionOf(event: KeyboardEvent): Act | undefined {
  const { key, code, altKey, ctrlKey, metaKey } = event;
  if (key === "Escape") {
    return (_, stop) => {
      if (!closeLastEditor()) stop();
    };
  }
  if ((ctrlKey || metaKey) && key.toLowerCase() === "k") return focusSearch;
  // By its place on the keyboard: with Alt some keyboards write another letter.
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
  // The drawer is in the page in the next frame.
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>("[role=dialog] #search")?.focus());
}

function isWriting({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
