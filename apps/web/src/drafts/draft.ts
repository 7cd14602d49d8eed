import { useCallback, useSyncExternalStore } from "react";
import { readOfTab, readStored, writeOfTab, writeStored } from "../storage/stored.ts";

/**
 * Texts that a person has written and that nobody has taken yet, by name, kept through reloads. They belong to no
 * component: a row that scrolls away or a chat that is left takes nothing with it. Each tab keeps its own, because another
 * tab with the same chat writes another text. What was written last in any tab is kept for a new one.
 */
const texts = new Map<string, string>();
const changed = new EventTarget();

/** Texts that one tab keeps for itself. */
const textsOfTab = 200;

/** Where the next message of a session is kept. */
export function draftName(sessionId: string): string {
  return `draft.${sessionId}`;
}

/** Where it is kept to which message it replies. */
export function replyName(sessionId: string): string {
  return `reply.${sessionId}`;
}

export function readText(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readOfTab(name) ?? readStored(name) ?? "";
    texts.set(name, text);
  }
  return text;
}

/** Names under which this page keeps a text. */
export function keptNames(prefix: string): string[] {
  return [...texts].filter(([name, text]) => name.startsWith(prefix) && text !== "").map(([name]) => name);
}

export function keepText(name: string, text: string): void {
  const before = readText(name);
  texts.set(name, text);
  writeOfTab(name, text, textsOfTab);
  // This tab's text is done with. What another tab has written meanwhile is not.
  if (text !== "" || (readStored(name) ?? "") === before) writeStored(name, text);
  changed.dispatchEvent(new Event(name));
}

export function useKeptText(name: string): [text: string, setText: (text: string) => void] {
  const subscribe = useCallback(
    (listener: () => void) => {
      changed.addEventListener(name, listener);
      return () => changed.removeEventListener(name, listener);
    },
    [name],
  );
  const read = (): string => readText(name);
  const setText = useCallback((text: string) => keepText(name, text), [name]);
  return [useSyncExternalStore(subscribe, read, read), setText];
}
