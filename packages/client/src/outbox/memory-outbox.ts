import type { OutboxEntry, OutboxStore } from "./outbox-store.ts";

/** An outbox that ends with the process. */
export class MemoryOutbox implements OutboxStore {
  readonly #entries = new Map<string, OutboxEntry>();

  load(sessionId: string): Promise<readonly OutboxEntry[]> {
    const found = [...this.#entries.values()].filter((entry) => entry.sessionId === sessionId);
    return Promise.resolve(found.sort((left, right) => left.order - right.order));
  }

  put(entry: OutboxEntry): Promise<void> {
    this.#entries.set(`${entry.sessionId} ${entry.id}`, entry);
    return Promise.resolve();
  }

  remove(sessionId: string, id: string): Promise<void> {
    this.#entries.delete(`${sessionId} ${id}`);
    return Promise.resolve();
  }
}
