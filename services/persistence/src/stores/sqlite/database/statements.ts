import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** The SQL statements of one connection, each prepared once. They are part of the transaction that runs. */
export class Statements {
  readonly #sqlite: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  /** For `iterate`, and nobody steps through them now: a statement that is being stepped through cannot be used a second time. */
  readonly #idle = new Map<string, StatementSync[]>();

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /** Whether a row was changed. */
  run(sql: string, ...values: SQLInputValue[]): boolean {
    const statement = this.#prepare(sql);
    // `run` also returns the last rowid. The search index writes rows of its own, whose rowid can be above 2^53. As a number it
    // would be an error, after the change was made.
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
    const idle = this.#idle.get(sql) ?? [];
    this.#idle.set(sql, idle);
    const statement = idle.pop() ?? this.#sqlite.prepare(sql);
    try {
      for (const row of statement.iterate(...values)) yield row as T;
    } finally {
      idle.push(statement);
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#sqlite.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
