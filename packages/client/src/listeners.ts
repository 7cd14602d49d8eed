/** Functions that want to know. One that throws does not keep the others from knowing. */
export class Listeners<T = void> {
  readonly #listeners = new Set<{ readonly call: (value: T) => void }>();

  get size(): number {
    return this.#listeners.size;
  }

  /** Returns how to end it. The same function may listen more than once. */
  add(call: (value: T) => void): () => void {
    const listener = { call };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const { call } of this.#listeners) {
      try {
        call(value);
      } catch (error) {
        // It is the application's, and belongs where its uncaught errors go.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
