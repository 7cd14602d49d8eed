/**
 * There is a network again, the machine says that there is none, or the page is seen again: whatever is awaited may be
 * tried now.
 */
export type NetworkSignal = "online" | "offline" | "visible";

/** Whether the machine says that there is no network. Outside of a browser it says nothing. */
export function isOffline(): boolean {
  const { navigator } = globalThis as { readonly navigator?: { readonly onLine?: boolean } };
  return navigator?.onLine === false;
}

/** Tells what a browser knows about its network and its page, until the signal; elsewhere nothing is ever said. */
export function listenToNetwork(hear: (said: NetworkSignal) => void, signal: AbortSignal): void {
  const { document } = globalThis as { readonly document?: Document };
  for (const said of ["online", "offline"] as const)
    globalThis.addEventListener?.(said, () => hear(said), { signal });
  const look = (): void => {
    if (document?.visibilityState === "visible") hear("visible");
  };
  document?.addEventListener("visibilitychange", look, { signal });
}
