import type { OutboxEntry, OutboxStore } from "./outbox-store.ts";

const table = "entries";

/** An outbox that survives reloads, in a browser. All tabs of an origin share it. */
export class IndexedDbOutbox implements OutboxStore {
  readonly #name: string;
  #database: Promise<IDBDatabase> | undefined;

  /** @param name of the database; another one for another user of the same origin */
  constructor(name = "natter-outbox") {
    this.#name = name;
  }

  async load(sessionId: string): Promise<readonly OutboxEntry[]> {
    const range = IDBKeyRange.bound([sessionId], [sessionId, []]);
    const entries = await this.#run("readonly", (store): IDBRequest<OutboxEntry[]> => store.getAll(range));
    return entries.sort((left, right) => left.order - right.order);
  }

  async put(entry: OutboxEntry): Promise<void> {
    await this.#run("readwrite", (store) => store.put(entry));
  }

  async remove(sessionId: string, id: string): Promise<void> {
    await this.#run("readwrite", (store) => store.delete([sessionId, id]));
  }

  async #run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    this.#database ??= this.#open();
    const transaction = (await this.#database).transaction(table, mode);
    const request = ask(transaction.objectStore(table));
    // What was asked for is done when the transaction is, not before.
    await outcome(transaction, "complete", "abort");
    return request.result;
  }

  async #open(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#name, 1);
    const forget = (): void => {
      this.#database = undefined;
    };
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore(table, { keyPath: ["sessionId", "id"] });
    });
    request.addEventListener("error", forget);
    await outcome(request, "success", "error");
    // Another tab with a later version of this package must not wait for this one.
    request.result.addEventListener("versionchange", () => {
      request.result.close();
      forget();
    });
    return request.result;
  }
}

/** Resolves with the good event, and rejects with the bad one. */
function outcome(target: IDBTransaction | IDBRequest, good: string, bad: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    target.addEventListener(good, resolve);
    target.addEventListener(bad, () => reject(target.error));
  });
}
