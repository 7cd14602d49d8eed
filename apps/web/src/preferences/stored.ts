import { useSyncExternalStore } from "react";

const prefix = "natter.";
const changed = new EventTarget();

/** What this browser remembers; `undefined` also where it may not remember anything. */
export function readStored(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers it; an empty text is forgotten. */
export function writeStored(name: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    // Private windows and full disks: it holds as long as the page does.
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
