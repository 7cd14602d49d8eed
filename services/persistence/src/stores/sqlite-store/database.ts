import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { StoreUnavailable } from "../../store.ts";
import { migrations, schema, schemaVersion } from "./schema.ts";

/** How long a writer waits for another process's transaction. It blocks this process, so it is short. */
const busyMs = 500;

/** SQLite's primary result codes for "not now" or "not on this disk": busy, locked, no memory, read-only, I/O, corrupt, full, cannot open, not a database. */
const unavailableCodes: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26]);

/** One SQLite file that several processes may share. A transaction is on the disk when it is committed. */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  static open(path: string): Database {
    return translated(() => {
      const sqlite = new DatabaseSync(path, { timeout: busyMs });
      try {
        sqlite.exec("pragma journal_mode = wal; pragma synchronous = full");
        // What was deleted is overwritten, and not only no longer listed.
        sqlite.exec("pragma secure_delete = on");
        const database = new Database(sqlite);
        database.#migrate();
        return database;
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
  write<T>(work: () => T): T {
    return translated(() => {
      this.#sqlite.exec("begin immediate");
      try {
        const result = work();
        this.#sqlite.exec("commit");
        return result;
      } catch (error) {
        if (this.#sqlite.isTransaction) this.#sqlite.exec("rollback");
        throw error;
      }
    });
  }

  /** Runs `work` on one state of the file. */
  read<T>(work: () => T): T {
    return translated(() => {
      this.#sqlite.exec("begin");
      try {
        return work();
      } finally {
        this.#sqlite.exec("rollback");
      }
    });
  }

  /** Whether a row was changed. */
  run(sql: string, ...values: SQLInputValue[]): boolean {
    const statement = this.#prepare(sql);
    // `run` also tells the last rowid. That of a row which the search index writes for itself can be above 2^53,
    // and as a number it would be an error, after the change was made.
    statement.setReadBigInts(true);
    return Number(statement.run(...values).changes) > 0;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepare(sql).all(...values) as T[];
  }

  /** Rows as they are found, for queries that stop when they have enough. */
  iterate<T>(sql: string, ...values: SQLInputValue[]): Iterable<T> {
    // Not from the cache: a statement that is being stepped cannot be used a second time.
    return this.#sqlite.prepare(sql).iterate(...values) as Iterable<T>;
  }

  /** Moves what is in the write-ahead log into the file, and empties it. False: somebody reads from it now, or writes to it. */
  checkpoint(): boolean {
    return translated(() => {
      this.#sqlite.exec("pragma busy_timeout = 0");
      try {
        // It does not throw if it cannot be done.
        return this.all<{ busy: number }>("pragma wal_checkpoint(truncate)")[0]?.busy === 0;
      } finally {
        this.#sqlite.exec(`pragma busy_timeout = ${busyMs}`);
      }
    });
  }

  close(): void {
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #migrate(): void {
    this.write(() => {
      const found = this.all<{ user_version: number }>("pragma user_version")[0]?.user_version ?? 0;
      if (found > schemaVersion) {
        throw new Error(`the SQLite file has schema ${found}, this natter knows ${schemaVersion}`);
      }
      this.#sqlite.exec(schema);
      // A new file is of this version from the beginning.
      const outdated = found === 0 ? schemaVersion : found;
      for (let version = outdated + 1; version <= schemaVersion; version++) {
        this.#sqlite.exec(migrations[version] ?? "");
      }
      this.#sqlite.exec(`pragma user_version = ${schemaVersion}`);
    });
  }
}

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = (error as { errcode?: unknown }).errcode;
    if (typeof code === "number" && unavailableCodes.has(code & 0xff)) {
      throw new StoreUnavailable("SQLite cannot be used now", { cause: error });
    }
    if ((error as { code?: unknown }).code === "ERR_INVALID_STATE") {
      throw new StoreUnavailable("the SQLite file is closed", { cause: error });
    }
    throw error;
  }
}
