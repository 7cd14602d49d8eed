import { useEffect, useRef, type RefObject } from "react";

interface Editor {
  readonly element: RefObject<HTMLElement | null>;
  readonly close: () => void;
}

/** The open editors, in the order of opening. */
const editors = new Set<Editor>();

/**
 * Makes Escape close this editor while it is in view, wherever the focus is, before Escape stops an answer.
 */
export function useEscape(element: RefObject<HTMLElement | null>, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    const editor = { element, close: () => latest.current() };
    editors.add(editor);
    return () => void editors.delete(editor);
  }, [element]);
}

/** @returns whether an editor was in view */
export function closeLastEditor(): boolean {
  const editor = [...editors].findLast(({ element }) => element.current && isInView(element.current));
  editor?.close();
  return editor !== undefined;
}

/** Whether something is open on top of the page that uses Escape itself. A notice does not. */
export function isSomethingOpen(): boolean {
  const open = ":is([role=dialog], [role=menu], [role=alertdialog]):not([data-notice], [data-closed])";
  return document.querySelector(open) !== null;
}

function isInView(element: HTMLElement): boolean {
  const { top, bottom, width } = element.getBoundingClientRect();
  return width > 0 && bottom > 0 && top < innerHeight;
}
