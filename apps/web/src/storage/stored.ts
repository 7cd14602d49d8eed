import { useSyncExternalStore } from "react";

const prefix = "natter.";
const changed = new EventTarget();
/**
 * Values that the browser did not store, because its storage is blocked or full. They exist as long as the
 * page.
 */
const unstored = new Map<string, string>();

/** The value that is stored under `name`. */
export function readStored(name: string): string | undefined {
  const value = unstored.get(name);
  if (value !== undefined) return value === "" ? undefined : value;
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a value, at least as long as the page exists. An empty value removes the entry. */
export function writeStored(name: string, value: string): void {
  unstored.delete(name);
  try {
    if (value === "") localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    unstored.set(name, value);
  }
  changed.dispatchEvent(new Event(name));
}

/** The value that this tab has stored for itself. It survives a reload. A new tab has none. */
export function readOfTab(name: string): string | undefined {
  try {
    return sessionStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stores a value for this tab alone, also an empty one. If the tab has `max` names, an empty value makes
 * room. If none is empty, or the browser stores nothing more, the tab stores nothing under `name`.
 */
export function writeOfTab(name: string, value: string, max: number): void {
  try {
    sessionStorage.removeItem(prefix + name);
    const names = Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
    const empty = names.find((key) => sessionStorage.getItem(key) === "");
    if (names.length >= max && empty === undefined) return;
    if (names.length >= max && empty !== undefined) sessionStorage.removeItem(empty);
    sessionStorage.setItem(prefix + name, value);
  } catch {
    // The caller reads the value that all tabs share instead.
  }
}

/** The value that is stored under `name`, also after another tab changes it. */
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
