import type { MessageEvent, MessageFact } from "../../../store/facts.ts";
import type { IndexedMessage, MessagePlace, MessageRow, NewText } from "../../../store/rows.ts";
import type { MessageReader, MessageWriter } from "../../../store/store-adapter.ts";
import { PositionTaken } from "../../../store/store.ts";
import type { Statements } from "../database/statements.ts";
import { addIndexEntry, putIndexEntry } from "./index-entries.ts";

export interface MessageColumns {
  readonly id: string;
  readonly session_id: string;
  readonly position: string;
  readonly frame: string;
}

export const messageColumns = "id, session_id, position, frame";

/** Messages that one step of a purge removes. */
const messagesPerStep = 100;

const filters = {
  all: "",
  undeleted: "and deleted = 0",
  questions: "and deleted = 0 and answer_to is null",
} as const;

export function toMessageRow(columns: MessageColumns): MessageRow {
  return {
    id: columns.id,
    sessionId: columns.session_id,
    position: columns.position,
    frame: JSON.parse(columns.frame) as MessageEvent,
    frameBytes: Buffer.byteLength(columns.frame),
  };
}

export class SqliteMessages implements MessageReader, MessageWriter {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async *before({ sessionId, end, limit, only }: Parameters<MessageReader["before"]>[0]) {
    const sql = `select ${messageColumns} from messages
      where session_id = ? and position < ? ${filters[only ?? "all"]} order by position desc limit ?`;
    for (const columns of this.#statements.iterate<MessageColumns>(sql, sessionId, end, limit)) {
      yield toMessageRow(columns);
    }
  }

  async *from({ sessionId, start, limit }: Parameters<MessageReader["from"]>[0]) {
    const sql = `select ${messageColumns} from messages
      where session_id = ? and position >= ? order by position limit ?`;
    for (const columns of this.#statements.iterate<MessageColumns>(sql, sessionId, start, limit)) {
      yield toMessageRow(columns);
    }
  }

  async byIds(ids: readonly string[]): Promise<MessageRow[]> {
    return this.#statements
      .all<MessageColumns>(
        `select ${messageColumns} from messages where id in (select value from json_each(?))`,
        JSON.stringify(ids),
      )
      .map(toMessageRow);
  }

  async place(sessionId: string, id: string): Promise<MessagePlace | undefined> {
    const [found] = this.#statements.all<{ position: string; deleted: number }>(
      "select position, deleted from messages where id = ? and session_id = ?",
      id,
      sessionId,
    );
    return found && { position: found.position, isDeleted: found.deleted === 1 };
  }

  async latestAnswers(sessionId: string, messageIds: readonly string[]): Promise<MessageRow[]> {
    const sql = `select ${messageColumns} from messages
      where session_id = ? and answer_to = ? and deleted = 0
        and frame ->> 'finishReason' <> 'error' and frame ->> 'message' <> ''
      order by position desc limit 1`;
    return messageIds
      .flatMap((messageId) => this.#statements.all<MessageColumns>(sql, sessionId, messageId))
      .map(toMessageRow);
  }

  async hasQuestionAfter(sessionId: string, position: string): Promise<boolean> {
    const found = this.#statements.all(
      "select 1 from messages where session_id = ? and position > ? and answer_to is null limit 1",
      sessionId,
      position,
    );
    return found.length > 0;
  }

  async put(messages: readonly IndexedMessage[]): Promise<void> {
    for (const { message, ngrams } of messages) {
      const { id, sessionId, position, userId, answerTo, frame } = message;
      const number = this.#statements.insert(
        `insert into messages (id, session_id, position, user_id, answer_to, frame) values (?, ?, ?, ?, ?, ?)
         on conflict do nothing`,
        id,
        sessionId,
        position,
        userId,
        answerTo ?? null,
        JSON.stringify(frame),
      );
      if (number === undefined) this.#replaceLater(message, ngrams);
      else addIndexEntry(this.#statements, number, ngrams);
    }
  }

  async putText({ row, ngrams }: NewText): Promise<void> {
    const number = this.#numberOf(row.id);
    if (number !== undefined) putIndexEntry(this.#statements, number, ngrams);
  }

  async clear({ id, frame }: MessageRow): Promise<void> {
    const number = this.#numberOf(id);
    if (number === undefined) return;
    putIndexEntry(this.#statements, number, undefined);
    this.#statements.run(
      "update messages set deleted = 1, frame = ? where number = ?",
      JSON.stringify(frame),
      number,
    );
  }

  async removeBefore(sessionId: string, position: string): Promise<boolean> {
    const found = this.#statements.all<{ number: number; id: string }>(
      "select number, id from messages where session_id = ? and position < ? limit ?",
      sessionId,
      position,
      messagesPerStep,
    );
    for (const { number, id } of found) {
      putIndexEntry(this.#statements, number, undefined);
      this.#statements.run("delete from messages where number = ?", number);
      this.#statements.run("delete from amendments where session_id = ? and target = ?", sessionId, id);
    }
    return found.length === messagesPerStep;
  }

  /** The log has the message twice, and the first one counts. */
  #replaceLater({ id, sessionId, position, ...message }: MessageFact, ngrams: readonly string[]): void {
    const known = this.#statements.all<{ number: number; position: string }>(
      "select number, position from messages where id = ?",
      id,
    )[0];
    if (known && known.position <= position) return;
    const holder = this.#statements.all<{ id: string }>(
      "select id from messages where session_id = ? and position = ?",
      sessionId,
      position,
    )[0];
    if (holder) throw new PositionTaken(`${id} and ${holder.id} have one position in the log`);
    if (!known) return;
    this.#statements.run(
      "update messages set position = ?, user_id = ?, answer_to = ?, deleted = 0, frame = ? where number = ?",
      position,
      message.userId,
      message.answerTo ?? null,
      JSON.stringify(message.frame),
      known.number,
    );
    putIndexEntry(this.#statements, known.number, ngrams);
  }

  #numberOf(id: string): number | undefined {
    return this.#statements.all<{ number: number }>("select number from messages where id = ?", id)[0]
      ?.number;
  }
}
