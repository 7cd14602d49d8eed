import { useMemo, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

/** The parameters of the page's address. The component is rendered again when they change. */
export function useParameters(): URLSearchParams {
  const query = useSyncExternalStore(subscribe, readQuery);
  return useMemo(() => new URLSearchParams(query), [query]);
}

/** Goes to an address with these parameters. `replace`: "back" does not lead to the present address. */
export function goTo(parameters: Readonly<Record<string, string>>, { replace = false } = {}): void {
  const query = `?${new URLSearchParams(parameters).toString()}`;
  if (replace) history.replaceState(null, "", query);
  else history.pushState(null, "", query);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

function readQuery(): string {
  return location.search;
}
