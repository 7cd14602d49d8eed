export interface NetworkListener {
  /** There is a network again, or the page is seen again: whatever is awaited may be tried now. */
  awake(isNewNetwork: boolean): void;
  /** The machine says that there is no network. */
  asleep(): void;
}

/** What a browser knows about its network and its page; elsewhere nothing is ever said. */
export class NetworkSignals {
  readonly #listeners = new Set<NetworkListener>();

  get isOffline(): boolean {
    const { navigator } = globalThis as { readonly navigator?: { readonly onLine?: boolean } };
    return navigator?.onLine === false;
  }

  /** Returns how to end it. */
  listen(listener: NetworkListener): () => void {
    if (this.#listeners.size === 0) this.#toggle("addEventListener");
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#toggle("removeEventListener");
    };
  }

  #toggle(method: "addEventListener" | "removeEventListener"): void {
    globalThis[method]?.("online", this.#onOnline);
    globalThis[method]?.("offline", this.#onOffline);
    globalThis.document?.[method]("visibilitychange", this.#onVisibility);
  }

  readonly #onOnline = (): void => this.#each((listener) => listener.awake(true));
  readonly #onOffline = (): void => this.#each((listener) => listener.asleep());
  readonly #onVisibility = (): void => {
    if (document.visibilityState === "visible") this.#each((listener) => listener.awake(false));
  };

  #each(tell: (listener: NetworkListener) => void): void {
    for (const listener of this.#listeners) tell(listener);
  }
}
