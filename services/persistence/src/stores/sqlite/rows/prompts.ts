import type { Facts } from "../../../store/facts.ts";
import { noKey } from "../../../store/position-keys.ts";
import type { PromptRow, WithdrawalRow } from "../../../store/rows.ts";
import type { PromptReader, PromptWriter } from "../../../store/store-adapter.ts";
import type { Statements } from "../database/statements.ts";

const promptColumns = "prompt_id as promptId, asked, start";

/** Prompts, and what withdraws them. */
export class SqlitePrompts implements PromptReader, PromptWriter {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async byId(sessionId: string, promptId: string): Promise<PromptRow | undefined> {
    return this.#statements.all<PromptRow>(
      `select ${promptColumns} from prompts where session_id = ? and prompt_id = ?`,
      sessionId,
      promptId,
    )[0];
  }

  async open(sessionId: string): Promise<PromptRow[]> {
    return this.#statements.all<PromptRow>(
      `select ${promptColumns} from prompts
       where session_id = ? and completed = 0 and asked < ? order by asked`,
      sessionId,
      noKey,
    );
  }

  async earliestOpen(): Promise<PromptRow | undefined> {
    return this.#statements.all<PromptRow>(
      `select ${promptColumns} from prompts where completed = 0 and asked < ? order by asked limit 1`,
      noKey,
    )[0];
  }

  async withdrawals(sessionId: string, targets: readonly string[], after: string): Promise<WithdrawalRow[]> {
    return this.#statements.all<WithdrawalRow>(
      `select target, max(position) as position from closers
       where session_id = ? and target in (select value from json_each(?)) and position > ? group by target`,
      sessionId,
      JSON.stringify(targets),
      after,
    );
  }

  async put({ prompts, withdrawals }: Pick<Facts, "prompts" | "withdrawals">): Promise<void> {
    for (const { sessionId, promptId, asked, start, completed } of prompts) {
      this.#statements.run(
        `insert into prompts (session_id, prompt_id, asked, start, completed) values (?, ?, ?, ?, ?)
         on conflict do update set
           asked = min(asked, excluded.asked),
           start = max(start, excluded.start),
           completed = max(completed, excluded.completed)`,
        sessionId,
        promptId,
        asked,
        start,
        completed,
      );
    }
    for (const { eventId, sessionId, target, position } of withdrawals) {
      this.#statements.run(
        `insert into closers (event_id, session_id, target, position) values (?, ?, ?, ?)
         on conflict do update set target = excluded.target, position = excluded.position
         where excluded.position < position`,
        eventId,
        sessionId,
        target,
        position,
      );
    }
  }
}
