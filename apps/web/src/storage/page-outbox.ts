import { IndexedDbOutbox, type OutboxEntry, type OutboxStore } from "@natter/client";
import { readStored, writeStored } from "./stored.ts";

/** A database that does not answer for this long is taken for blocked. */
const answerMs = 2_000;
/**
 * Of one session. The oldest id goes first. Its message may be sent again, and the server ignores a repeat.
 */
const maxRemoved = 1_000;

/**
 * The outbox of the page: messages that wait to be sent, in IndexedDB. Where IndexedDB is blocked or full, an
 * entry is stored beside the drafts. Where nothing can be stored, it exists as long as the page. An entry
 * that was removed stays removed, also if the database does not answer.
 */
export class PageOutbox implements OutboxStore {
  readonly #database = new IndexedDbOutbox();

  async load(sessionId: string): Promise<readonly OutboxEntry[]> {
    const stored = await inTime(() => this.#database.load(sessionId)).catch(() => []);
    const fallback = readFallback(sessionId);
    const removed = readRemoved(sessionId);
    for (const id of removed) void this.#removeStored(sessionId, id);
    const others = new Set([...fallback.map(({ id }) => id), ...removed]);
    const all = [...stored.filter(({ id }) => !others.has(id)), ...fallback];
    return all.sort((left, right) => left.order - right.order);
  }

  async put(entry: OutboxEntry): Promise<void> {
    const { sessionId, id } = entry;
    unmarkRemoved(sessionId, id);
    const others = readFallback(sessionId).filter((fallback) => fallback.id !== id);
    try {
      await inTime(() => this.#database.put(entry));
      writeFallback(sessionId, others);
    } catch {
      writeFallback(sessionId, [...others, entry]);
    }
  }

  async remove(sessionId: string, id: string): Promise<void> {
    const fallback = readFallback(sessionId);
    if (fallback.length > 0)
      writeFallback(
        sessionId,
        fallback.filter((entry) => entry.id !== id),
      );
    // Before the request to the database: the page can be closed before the database answers.
    const others = readRemoved(sessionId).filter((removed) => removed !== id);
    writeRemoved(sessionId, [...others, id].slice(-maxRemoved));
    await this.#removeStored(sessionId, id);
  }

  /** If it fails, the next page tries it again. */
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

/** Ids of entries that may still be in the database and must not be sent. */
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

function readFallback(sessionId: string): OutboxEntry[] {
  try {
    return JSON.parse(readStored(nameOf(sessionId)) ?? "[]") as OutboxEntry[];
  } catch {
    return [];
  }
}

function writeFallback(sessionId: string, entries: readonly OutboxEntry[]): void {
  const isEmpty = entries.length === 0;
  if (isEmpty && readStored(nameOf(sessionId)) === undefined) return;
  writeStored(nameOf(sessionId), isEmpty ? "" : JSON.stringify(entries));
}

async function inTime<T>(request: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("The database does not answer")), answerMs);
  });
  return Promise.race([request(), late]).finally(() => clearTimeout(timer));
}
