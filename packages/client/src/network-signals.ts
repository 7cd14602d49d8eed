export interface NetworkListener {
  /** There is a network again, or the page is seen again: whatever is awaited may be tried now. */
  awake(isNewNetwork: boolean): void;
  /** The machine says that there is no network. */
  asleep(): void;
}

/** Whether the machine says that there is no network. Outside of a browser it says nothing. */
export function isOffline(): boolean {
  const { navigator } = globalThis as { readonly navigator?: { readonly onLine?: boolean } };
  return navigator?.onLine === false;
}

/** Tells what a browser knows about its network and its page, until the signal; elsewhere nothing is ever said. */
export function listenToNetwork(listener: NetworkListener, signal: AbortSignal): void {
  const { document } = globalThis as { readonly document?: Document };
  const until = { signal };
  globalThis.addEventListener?.("online", () => listener.awake(true), until);
  globalThis.addEventListener?.("offline", () => listener.asleep(), until);
  const seen = (): void => {
    if (document?.visibilityState === "visible") listener.awake(false);
  };
  document?.addEventListener("visibilitychange", seen, until);
}
