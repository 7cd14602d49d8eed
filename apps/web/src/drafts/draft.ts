import { useCallback, useSyncExternalStore } from "react";
import { readOfTab, readStored, writeOfTab, writeStored } from "../storage/stored.ts";

/**
 * Texts that a person has written and that are not sent yet, by name. They survive a reload. They belong to
 * no component, so a row can leave the page without losing its text. Each tab has its own texts, because two
 * tabs with the same chat have two texts. A new tab begins with the text that was written last in any tab.
 */
const texts = new Map<string, string>();
const changed = new EventTarget();

/** How many texts one tab stores for itself. */
const textsOfTab = 200;

/** Name of the draft of a session's next message. */
export function messageDraft(sessionId: string): string {
  return `draft.${sessionId}`;
}

/** Name under which a session stores to which message the next one replies. */
export function replyDraft(sessionId: string): string {
  return `reply.${sessionId}`;
}

export function readDraft(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readOfTab(name) ?? readStored(name) ?? "";
    texts.set(name, text);
  }
  return text;
}

/** Names of the drafts that this page knows and that are not empty. */
export function draftNames(prefix: string): string[] {
  return [...texts].filter(([name, text]) => name.startsWith(prefix) && text !== "").map(([name]) => name);
}

export function writeDraft(name: string, text: string): void {
  const before = readDraft(name);
  texts.set(name, text);
  writeOfTab(name, text, textsOfTab);
  // This tab does not need its text any more. Another tab may have written another text meanwhile.
  if (text !== "" || (readStored(name) ?? "") === before) writeStored(name, text);
  changed.dispatchEvent(new Event(name));
}

export function useDraft(name: string): [text: string, setText: (text: string) => void] {
  const subscribe = useCallback(
    (listener: () => void) => {
      changed.addEventListener(name, listener);
      return () => changed.removeEventListener(name, listener);
    },
    [name],
  );
  const read = (): string => readDraft(name);
  const setText = useCallback((text: string) => writeDraft(name, text), [name]);
  return [useSyncExternalStore(subscribe, read, read), setText];
}
