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
