interface Listener {
  readonly call: (value: never) => void;
}

/** Functions that want to know of something, by its name. One that throws does not keep the others from knowing. */
export class Listeners {
  readonly #byName = new Map<string, Set<Listener>>();

  /** Returns how to end it. The same function may listen more than once. */
  add(name: string, call: Listener["call"]): () => void {
    const listener = { call };
    const listeners = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, listeners.add(listener));
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#byName.delete(name);
    };
  }

  tell(name: string, value?: unknown): void {
    for (const { call } of this.#byName.get(name) ?? []) {
      try {
        call(value as never);
      } catch (error) {
        // It is the application's, and belongs where its uncaught errors go.
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}
