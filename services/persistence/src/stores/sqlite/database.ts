import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { StoreUnavailable } from "../../store/store.ts";
import { migrations, schema, schemaVersion } from "./schema.ts";

/** How long a transaction waits for that of another process. */
const busyMs = 500;
const busyRetryMs = 5;

const busyCode = 5;
/** SQLite's primary result codes for "not now" or "not on this disk": busy, locked, no memory, read-only, I/O, corrupt, full, cannot open, not a database. */
const unavailableCodes: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26]);

/**
 * One SQLite file that several processes may share. A transaction is on the disk when it is committed.
 *
 * SQLite is synchronous, and this class adds no waits of its own within a transaction: if `work` waits for nothing else, a
 * transaction ends in the turn of the event loop in which it began.
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Statements for `iterate` that nobody steps through now: one that is being stepped through cannot be used a second time. */
  readonly #idleStatements = new Map<string, StatementSync[]>();
  /** Settles when the transaction that was begun last has ended. */
  #turn: Promise<unknown> = Promise.resolve();

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

  /** Whether a row was changed. */
  run(sql: string, ...values: SQLInputValue[]): boolean {
    const statement = this.#prepare(sql);
    // `run` also tells the last rowid. That of a row which the search index writes for itself can be above 2^53,
    // and as a number it would be an error, after the change was made.
    statement.setReadBigInts(true);
    return Number(statement.run(...values).changes) > 0;
  }

  /** The number of the row; `undefined` if the insert did nothing. */
  insert(sql: string, ...values: SQLInputValue[]): number | undefined {
    const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
    return changes > 0 ? Number(lastInsertRowid) : undefined;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepare(sql).all(...values) as T[];
  }

  /** Rows as they are found, for queries that stop when they have enough. */
  *iterate<T>(sql: string, ...values: SQLInputValue[]): Generator<T> {
    const idle = this.#idleStatements.get(sql) ?? [];
    this.#idleStatements.set(sql, idle);
    const statement = idle.pop() ?? this.#sqlite.prepare(sql);
    try {
      for (const row of statement.iterate(...values)) yield row as T;
    } finally {
      idle.push(statement);
    }
  }

  /** Moves what is in the write-ahead log into the file, and empties it. False: somebody reads from it now, or writes to it. */
  async checkpoint(): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#sqlite.exec("pragma busy_timeout = 0");
      try {
        // It does not throw if it cannot be done.
        return this.all<{ busy: number }>("pragma wal_checkpoint(truncate)")[0]?.busy === 0;
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
      if (isLastTry || primaryCodeOf(error) !== busyCode) throw error;
      return false;
    } finally {
      this.#sqlite.exec(`pragma busy_timeout = ${busyMs}`);
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Makes the tables of a new file, and brings an earlier version up to date. */
function migrate(sqlite: DatabaseSync): void {
  sqlite.exec("begin immediate");
  const { user_version: found } = sqlite.prepare("pragma user_version").get() as { user_version: number };
  if (found > schemaVersion) {
    throw new Error(`the SQLite file has schema ${found}, this natter knows ${schemaVersion}`);
  }
  sqlite.exec(schema);
  // A new file is of this version from the beginning.
  const outdated = found === 0 ? schemaVersion : found;
  for (let version = outdated + 1; version <= schemaVersion; version++)
    sqlite.exec(migrations[version] ?? "");
  sqlite.exec(`pragma user_version = ${schemaVersion}; commit`);
}

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return throwTranslated(error);
  }
}

function throwTranslated(error: unknown): never {
  const code = primaryCodeOf(error);
  if (code !== undefined && unavailableCodes.has(code)) {
    throw new StoreUnavailable("SQLite cannot be used now", { cause: error });
  }
  if ((error as { code?: unknown }).code === "ERR_INVALID_STATE") {
    throw new StoreUnavailable("the SQLite file is closed", { cause: error });
  }
  throw error;
}

/** SQLite's result code without its details. */
function primaryCodeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}
