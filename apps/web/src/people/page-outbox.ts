import { IndexedDbOutbox, type OutboxEntry, type OutboxStore } from "@natter/client";
import { readStored, writeStored } from "../preferences/stored.ts";

/** A database that says nothing for so long is as good as none. */
const answerMs = 2_000;

/**
 * What waits to be sent, in IndexedDB. Where that is blocked or full an entry goes where drafts are kept, and where
 * nothing may be kept it holds as long as the page does.
 */
export class PageOutbox implements OutboxStore {
  readonly #database = new IndexedDbOutbox();

  async load(sessionId: string): Promise<readonly OutboxEntry[]> {
    const stored = await inTime(() => this.#database.load(sessionId)).catch(() => []);
    const held = readHeld(sessionId);
    const heldIds = new Set(held.map(({ id }) => id));
    const all = [...stored.filter(({ id }) => !heldIds.has(id)), ...held];
    return all.sort((left, right) => left.order - right.order);
  }

  async put(entry: OutboxEntry): Promise<void> {
    const { sessionId, id } = entry;
    const others = readHeld(sessionId).filter((held) => held.id !== id);
    try {
      await inTime(() => this.#database.put(entry));
      writeHeld(sessionId, others);
    } catch {
      writeHeld(sessionId, [...others, entry]);
    }
  }

  async remove(sessionId: string, id: string): Promise<void> {
    const held = readHeld(sessionId);
    if (held.length > 0)
      writeHeld(
        sessionId,
        held.filter((entry) => entry.id !== id),
      );
    await inTime(() => this.#database.remove(sessionId, id)).catch(() => undefined);
  }
}

function nameOf(sessionId: string): string {
  return `outbox.${sessionId}`;
}

function readHeld(sessionId: string): OutboxEntry[] {
  try {
    return JSON.parse(readStored(nameOf(sessionId)) ?? "[]") as OutboxEntry[];
  } catch {
    return [];
  }
}

function writeHeld(sessionId: string, entries: readonly OutboxEntry[]): void {
  const isEmpty = entries.length === 0;
  if (isEmpty && readStored(nameOf(sessionId)) === undefined) return;
  writeStored(nameOf(sessionId), isEmpty ? "" : JSON.stringify(entries));
}

async function inTime<T>(ask: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("The database does not answer")), answerMs);
  });
  return Promise.race([ask(), late]).finally(() => clearTimeout(timer));
}
