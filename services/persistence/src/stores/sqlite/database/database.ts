import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { migrate } from "./schema.ts";
import { isBusy, throwTranslated, translated } from "./sqlite-errors.ts";
import { Statements } from "./statements.ts";

/** How long a transaction waits for that of another process. */
const busyMs = 500;
const busyRetryMs = 5;

/**
 * One SQLite file that several processes may share. A transaction is on the disk when it is committed.
 *
 * SQLite is synchronous, and this class adds no waits of its own within a transaction: if `work` waits for nothing else, a
 * transaction ends in the turn of the event loop in which it began.
 */
export class Database {
  readonly statements: Statements;
  readonly #sqlite: DatabaseSync;
  /** Settles when the transaction that was begun last has ended. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
    this.statements = new Statements(sqlite);
  }

  static open(path: string): Database {
    return translated(() => {
      const sqlite = new DatabaseSync(path, { timeout: busyMs });
      try {
        sqlite.exec("pragma journal_mode = wal; pragma synchronous = full");
        // What was deleted is overwritten, and not only no longer listed.
        sqlite.exec("pragma secure_delete = on");
        migrate(sqlite);
        return new Database(sqlite);
      } catch (error) {
        sqlite.close();
        throw error;
      }
    });
  }

  /** A file that `open` has made, for reading alone. */
  static openToRead(path: string): Database {
    return translated(() => new Database(new DatabaseSync(path, { timeout: busyMs, readOnly: true })));
  }

  /** Runs `work` as one transaction that no other writer interrupts. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    const endsMs = performance.now() + busyMs;
    for (;;) {
      const done = await this.#inTurn(() => this.#tryWrite(work, performance.now() >= endsMs));
      if (done) return done.result;
      // Others of this process read meanwhile.
      await sleep(busyRetryMs);
    }
  }

  /** Runs `work` on one state of the file. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      this.#sqlite.exec("begin");
      try {
        return await work();
      } finally {
        this.#sqlite.exec("rollback");
      }
    });
  }

  /** Moves what is in the write-ahead log into the file, and empties it. False: somebody reads from it now, or writes to it. */
  async checkpoint(): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#sqlite.exec("pragma busy_timeout = 0");
      try {
        // It does not throw if it cannot be done.
        return this.statements.all<{ busy: number }>("pragma wal_checkpoint(truncate)")[0]?.busy === 0;
      } finally {
        this.#sqlite.exec(`pragma busy_timeout = ${busyMs}`);
      }
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#sqlite.isOpen) this.#sqlite.close();
    });
  }

  /** One transaction at a time: the connection has no more. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(work).catch(throwTranslated);
    this.#turn = run.catch(() => undefined);
    return run;
  }

  /** `undefined`: another process writes now. */
  async #tryWrite<T>(work: () => Promise<T>, isLastTry: boolean): Promise<{ result: T } | undefined> {
    if (!this.#beginWrite(isLastTry)) return undefined;
    try {
      const result = await work();
      this.#sqlite.exec("commit");
      return { result };
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec("rollback");
      throw error;
    }
  }

  #beginWrite(isLastTry: boolean): boolean {
    this.#sqlite.exec("pragma busy_timeout = 0");
    try {
      this.#sqlite.exec("begin immediate");
      return true;
    } catch (error) {
      if (isLastTry || !isBusy(error)) throw error;
      return false;
    } finally {
      this.#sqlite.exec(`pragma busy_timeout = ${busyMs}`);
    }
  }
}
