import { Listeners } from "./listeners.ts";
import { keepSame } from "./message-views.ts";
import type { SessionSnapshot } from "./snapshots.ts";

/** Who looks at a session, and what they see. */
export class SessionView {
  readonly #listeners = new Listeners();
  readonly #byKey = new Map<string, Listeners>();
  #snapshot: SessionSnapshot;

  constructor(snapshot: SessionSnapshot) {
    this.#snapshot = snapshot;
  }

  get snapshot(): SessionSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  subscribeMessage(key: string, listener: () => void): () => void {
    let listeners = this.#byKey.get(key);
    if (!listeners) {
      listeners = new Listeners();
      this.#byKey.set(key, listeners);
    }
    const end = listeners.add(listener);
    return () => {
      end();
      if (listeners.size === 0 && this.#byKey.get(key) === listeners) this.#byKey.delete(key);
    };
  }

  /** Tells those who look at these messages, and the others only if something else changed, too. */
  show(next: SessionSnapshot, changedKeys: ReadonlySet<string>): void {
    const shown = keepSame(this.#snapshot, next);
    const isSame = shown === this.#snapshot;
    this.#snapshot = shown;
    for (const key of changedKeys) this.#byKey.get(key)?.tell();
    if (!isSame) this.#listeners.tell();
  }
}
