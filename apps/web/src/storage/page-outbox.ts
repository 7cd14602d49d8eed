import { IndexedDbOutbox, type OutboxEntry, type OutboxStore } from "@natter/client";
import { readStored, writeStored } from "./stored.ts";

/** A database that says nothing for so long is as good as none. */
const answerMs = 2_000;
/** Of a session. The oldest goes first: what was stored meanwhile is sent once more, and the server has it already. */
const mostRemoved = 1_000;

/**
 * What waits to be sent, in IndexedDB. Where that is blocked or full an entry goes where drafts are kept, and where
 * nothing may be kept it holds as long as the page does. What was taken out stays out, also if the database does not hear of it.
 */
export class PageOutbox implements OutboxStore {
  readonly #database = new IndexedDbOutbox();

  async load(sessionId: string): Promise<readonly OutboxEntry[]> {
    const stored = await inTime(() => this.#database.load(sessionId)).catch(() => []);
    const held = readHeld(sessionId);
    const removed = readRemoved(sessionId);
    for (const id of removed) void this.#removeStored(sessionId, id);
    const others = new Set([...held.map(({ id }) => id), ...removed]);
    const all = [...stored.filter(({ id }) => !others.has(id)), ...held];
    return all.sort((left, right) => left.order - right.order);
  }

  async put(entry: OutboxEntry): Promise<void> {
    const { sessionId, id } = entry;
    unmarkRemoved(sessionId, id);
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
    // Before the database is asked: the page can be closed before it answers.
    const others = readRemoved(sessionId).filter((removed) => removed !== id);
    writeRemoved(sessionId, [...others, id].slice(-mostRemoved));
    await this.#removeStored(sessionId, id);
  }

  /** The next page asks again for what failed. */
  async #removeStored(sessionId: string, id: string): Promise<void> {
    const isDone = await inTime(() => this.#database.remove(sessionId, id)).then(
      () => true,
      () => false,
    );
    if (isDone) unmarkRemoved(sessionId, id);
  }
}

function nameOf(sessionId: string): string {
  return `outbox.${sessionId}`;
}

function removedNameOf(sessionId: string): string {
  return `outbox.removed.${sessionId}`;
}

/** Ids of entries that may still be in the database and are not to be sent. */
function readRemoved(sessionId: string): string[] {
  return (readStored(removedNameOf(sessionId)) ?? "").split(" ").filter(Boolean);
}

function writeRemoved(sessionId: string, ids: readonly string[]): void {
  writeStored(removedNameOf(sessionId), ids.join(" "));
}

function unmarkRemoved(sessionId: string, id: string): void {
  const removed = readRemoved(sessionId);
  if (removed.includes(id))
    writeRemoved(
      sessionId,
      removed.filter((other) => other !== id),
    );
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
