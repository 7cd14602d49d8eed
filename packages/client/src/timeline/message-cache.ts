import { keepSame } from "../observing/keep-same.ts";
import type { Message } from "../snapshots.ts";

/** The messages as they are shown, by key, and which of them changed. What says the same stays the same object. */
export class MessageCache {
  readonly #messages = new Map<string, Message>();
  #changed = new Set<string>();

  get(key: string): Message | undefined {
    return this.#messages.get(key);
  }

  has(key: string): boolean {
    return this.#messages.has(key);
  }

  /** @returns whether there was none with this key */
  set(message: Message): boolean {
    const { key } = message;
    const previous = this.#messages.get(key);
    const kept = keepSame(previous, message);
    if (kept === previous) return false;
    this.#messages.set(key, kept);
    this.#changed.add(key);
    return previous === undefined;
  }

  keepOnly(keys: Iterable<string>): void {
    const kept = new Set(keys);
    for (const key of this.#messages.keys()) {
      if (kept.has(key)) continue;
      this.#messages.delete(key);
      this.#changed.add(key);
    }
  }

  /** Keys of the messages that changed since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }
}
