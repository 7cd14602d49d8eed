import type { RpcQuestion } from "@natter/protocol";
import type { Facts } from "../../../store/facts.ts";
import type { ListedSessionRow, ReadMarkRow, SessionListQuery, SessionRow } from "../../../store/rows.ts";
import type { SessionReader, SessionWriter } from "../../../store/store-adapter.ts";
import type { Statements } from "../database/statements.ts";

interface ListedColumns extends SessionRow {
  readonly pinned: number;
}

const sessionColumns = `s.session_id as sessionId, s.first, s.activity, s.title,
  s.system_prompt as systemPrompt, s.model`;
/** Before every session of a list: no `pinned` is larger than 1. */
const beginning = [2, "", ""] as const;
/** Members that one step of a purge removes. */
const membersPerStep = 1_000;

/** Sessions and their members. */
export class SqliteSessions implements SessionReader, SessionWriter {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async byId(sessionId: string): Promise<SessionRow | undefined> {
    return this.#statements.all<SessionRow>(
      `select ${sessionColumns} from sessions s where session_id = ?`,
      sessionId,
    )[0];
  }

  async *ofUser({ userId, archived, after, limit }: SessionListQuery): AsyncGenerator<ListedSessionRow> {
    const start = after ? [Number(after.pinned), after.activity, after.sessionId] : beginning;
    const found = this.#statements.iterate<ListedColumns>(
      `select ${sessionColumns}, u.pinned from members u join sessions s on s.session_id = u.session_id
       where u.user_id = ? and u.joined = 1 and u.archived = ?
         and (u.pinned, s.activity, s.session_id) < (?, ?, ?)
       order by u.pinned desc, s.activity desc, s.session_id desc limit ?`,
      userId,
      Number(archived),
      ...start,
      limit,
    );
    for (const row of found) yield { ...row, pinned: row.pinned === 1 };
  }

  async readMarks(sessionId: string, limit: number): Promise<ReadMarkRow[]> {
    return this.#statements.all<ReadMarkRow>(
      `select user_id as userId, read from members
       where session_id = ? and read > '' order by read desc limit ?`,
      sessionId,
      limit,
    );
  }

  async put({ sessions, members }: Pick<Facts, "sessions" | "members">): Promise<void> {
    for (const { sessionId, first, activity, title, systemPrompt, model } of sessions) {
      this.#statements.run(
        `insert into sessions (session_id, first, activity, title, system_prompt, model)
         values (?, ?, ?, ?, ?, ?)
         on conflict do update set
           first = min(first, excluded.first),
           activity = max(activity, excluded.activity),
           title = max(title, excluded.title),
           system_prompt = max(system_prompt, excluded.system_prompt),
           model = max(model, excluded.model)`,
        sessionId,
        first,
        activity,
        title,
        systemPrompt,
        model,
      );
    }
    for (const { sessionId, userId, acted, read } of members) {
      this.#statements.run(
        `insert into members (user_id, session_id, joined, acted, read) values (?, ?, 1, ?, ?)
         on conflict do update set
           joined = 1,
           acted = max(acted, excluded.acted),
           read = max(read, excluded.read)
         where joined = 0 or acted < excluded.acted or read < excluded.read`,
        userId,
        sessionId,
        acted,
        read,
      );
    }
  }

  async mark({ userId, sessionId, pinned, archived }: RpcQuestion<"mark">): Promise<void> {
    this.#statements.run(
      "insert into members (user_id, session_id) values (?, ?) on conflict do nothing",
      userId,
      sessionId,
    );
    for (const [column, value] of [
      ["pinned", pinned],
      ["archived", archived],
    ] as const) {
      if (value === undefined) continue;
      const sql = `update members set ${column} = ? where user_id = ? and session_id = ?`;
      this.#statements.run(sql, Number(value), userId, sessionId);
    }
  }

  async removeMembersBefore({
    sessionId,
    position,
    lastActivity,
  }: Parameters<SessionWriter["removeMembersBefore"]>[0]): Promise<boolean> {
    const found = this.#statements.all<{ userId: string }>(
      `select user_id as userId from members
       where session_id = ? and case acted when '' then ? else acted end <= ? limit ?`,
      sessionId,
      lastActivity,
      position,
      membersPerStep,
    );
    for (const { userId } of found) {
      this.#statements.run("delete from members where user_id = ? and session_id = ?", userId, sessionId);
    }
    return found.length === membersPerStep;
  }

  async removeDetailsBefore(sessionId: string, position: string): Promise<void> {
    for (const column of ["title", "system_prompt", "model"]) {
      const sql = `update sessions set ${column} = '' where session_id = ? and ${column} < ?`;
      this.#statements.run(sql, sessionId, position);
    }
    this.#statements.run(
      "update members set read = '' where session_id = ? and read < ?",
      sessionId,
      position,
    );
  }
}
