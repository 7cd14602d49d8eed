import { useSyncExternalStore } from "react";

const prefix = "natter.";
const changed = new EventTarget();
/** What the browser did not take: its storage is blocked or full. It holds as long as the page does. */
const held = new Map<string, string>();

/** What is remembered under `name`. */
export function readStored(name: string): string | undefined {
  const value = held.get(name);
  if (value !== undefined) return value === "" ? undefined : value;
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers it, at least as long as the page does; an empty text is forgotten. */
export function writeStored(name: string, value: string): void {
  held.delete(name);
  try {
    if (value === "") localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    held.set(name, value);
  }
  changed.dispatchEvent(new Event(name));
}

/** What this tab alone remembers, also through a reload. A tab that is new, or whose browser keeps nothing, has none. */
export function readOfTab(name: string): string | undefined {
  try {
    return sessionStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Remembers it for this tab alone, also that the text is empty. Of more than `most` names an empty one makes room; where none is
 * empty, or the browser takes no more, this tab remembers nothing under `name`.
 */
export function writeOfTab(name: string, value: string, most: number): void {
  try {
    sessionStorage.removeItem(prefix + name);
    const names = Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
    const empty = names.find((key) => sessionStorage.getItem(key) === "");
    if (names.length >= most && empty === undefined) return;
    if (names.length >= most && empty !== undefined) sessionStorage.removeItem(empty);
    sessionStorage.setItem(prefix + name, value);
  } catch {
    // What all tabs share is read instead.
  }
}

/** What is remembered under `name`, also when another tab changes it. */
export function useStored(name: string): string | undefined {
  const subscribe = (listener: () => void): (() => void) => {
    const onStorage = ({ key }: StorageEvent): void => {
      if (key === prefix + name || key === null) listener();
    };
    changed.addEventListener(name, listener);
    addEventListener("storage", onStorage);
    return () => {
      changed.removeEventListener(name, listener);
      removeEventListener("storage", onStorage);
    };
  };
  const read = (): string | undefined => readStored(name);
  return useSyncExternalStore(subscribe, read, read);
}
