import { Listeners } from "./listeners.ts";
import { keepSame } from "./message-views.ts";
import type { SessionSnapshot } from "./snapshots.ts";

/** Who looks at a session, and what they see. */
export class SessionView {
  /** By the key of a message; those without one look at all but the messages. */
  readonly #listeners = new Listeners();
  #snapshot: SessionSnapshot;

  constructor(snapshot: SessionSnapshot) {
    this.#snapshot = snapshot;
  }

  get snapshot(): SessionSnapshot {
    return this.#snapshot;
  }

  subscribe(key: string, listener: () => void): () => void {
    return this.#listeners.add(key, listener);
  }

  /** Tells those who look at these messages, and the others only if something else changed, too. */
  show(next: SessionSnapshot, changedKeys: ReadonlySet<string>): void {
    const shown = keepSame(this.#snapshot, next);
    const isSame = shown === this.#snapshot;
    this.#snapshot = shown;
    for (const key of changedKeys) this.#listeners.tell(key);
    if (!isSame) this.#listeners.tell("");
  }
}
