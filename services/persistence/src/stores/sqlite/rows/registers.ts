import type { RegisterFact } from "../../../store/facts.ts";
import type { RegisterKey, RegisterRow } from "../../../store/rows.ts";
import type { RegisterReader, RegisterWriter } from "../../../store/store-adapter.ts";
import type { Statements } from "../database/statements.ts";
import { isShown } from "../database/schema.ts";

/** Registers that one step of a purge removes. */
const registersPerStep = 1_000;

/** Without `indexed by` SQLite may take the index of the table's key, which has all reactions that were taken back. */
export const registersOfTargets = `select target, entry as register from amendments indexed by amendments_shown
  where session_id = ? and target in (select value from json_each(?)) and ${isShown}`;

export class SqliteRegisters implements RegisterReader, RegisterWriter {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async ofTargets(sessionId: string, targets: readonly string[]): Promise<RegisterRow[]> {
    return this.#statements.all<RegisterRow>(registersOfTargets, sessionId, JSON.stringify(targets));
  }

  async byKeys(keys: readonly RegisterKey[]): Promise<RegisterRow[]> {
    const sql =
      "select target, entry as register from amendments where session_id = ? and target = ? and slot = ?";
    return keys.flatMap(({ sessionId, target, slot }) =>
      this.#statements.all<RegisterRow>(sql, sessionId, target, slot),
    );
  }

  async put(facts: readonly RegisterFact[]): Promise<void> {
    for (const { sessionId, target, slot, entry } of facts) {
      this.#statements.run(
        `insert into amendments (session_id, target, slot, entry) values (?, ?, ?, ?)
         on conflict do update set entry = excluded.entry where excluded.entry > entry`,
        sessionId,
        target,
        slot,
        entry,
      );
    }
  }

  async remove({ sessionId, target, slot }: RegisterKey): Promise<void> {
    this.#statements.run(
      "delete from amendments where session_id = ? and target = ? and slot = ?",
      sessionId,
      target,
      slot,
    );
  }

  async removeBefore(sessionId: string, position: string): Promise<boolean> {
    const found = this.#statements.all<{ number: number }>(
      "select rowid as number from amendments where session_id = ? and target > '' and entry < ? limit ?",
      sessionId,
      position,
      registersPerStep,
    );
    for (const { number } of found) this.#statements.run("delete from amendments where rowid = ?", number);
    return found.length === registersPerStep;
  }
}
