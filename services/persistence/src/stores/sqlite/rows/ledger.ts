import type { Receipt } from "@natter/protocol";
import { positionKey } from "@natter/protocol/plain";
import type { Facts } from "../../../store/facts.ts";
import { positionOfKey } from "../../../store/position-keys.ts";
import type { LedgerReader, LedgerWriter } from "../../../store/store-adapter.ts";
import type { DeadLetter, Purge } from "../../../store/store.ts";
import type { Statements } from "../database/statements.ts";

interface DeadLetterColumns {
  readonly position: string;
  readonly subject: string;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

/** The last position, receipts, purges and dead letters. */
export class SqliteLedger implements LedgerReader, LedgerWriter {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async lastPosition(): Promise<string | undefined> {
    const sql = "select position from progress where name = 'last'";
    return this.#statements.all<{ position: string }>(sql)[0]?.position;
  }

  async receipt(eventId: string): Promise<Receipt | undefined> {
    const [found] = this.#statements.all<{ position: string; bodyHash: string }>(
      "select position, body_hash as bodyHash from receipts where event_id = ?",
      eventId,
    );
    return found && { position: positionOfKey(found.position), bodyHash: found.bodyHash };
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    return this.#statements
      .all<DeadLetterColumns>("select * from dead_letters order by position desc limit ?", limit)
      .map(({ position, subject, reason, bytes }) => ({
        position: positionOfKey(position),
        subject,
        reason,
        bytes: Uint8Array.from(bytes),
      }));
  }

  async pendingPurges(limit: number): Promise<Purge[]> {
    return this.#statements
      .all<{ sessionId: string; position: string; round: number }>(
        `select session_id as sessionId, position, round from purges
         where done = 0 order by position limit ?`,
        limit,
      )
      .map((row) => ({ ...row, position: positionOfKey(row.position) }));
  }

  async putLastPosition(position: string): Promise<void> {
    this.#statements.run(
      `insert into progress (name, position) values ('last', ?)
       on conflict do update set position = max(position, excluded.position)`,
      position,
    );
  }

  async putReceipts(facts: Facts["receipts"]): Promise<void> {
    for (const { eventId, position, bodyHash } of facts) {
      this.#statements.run(
        `insert into receipts (event_id, position, body_hash) values (?, ?, ?)
         on conflict do update set position = excluded.position, body_hash = excluded.body_hash
         where excluded.position < position`,
        eventId,
        position,
        bodyHash,
      );
    }
  }

  async putDeletions({ deletions, sessions }: Pick<Facts, "deletions" | "sessions">): Promise<void> {
    for (const { sessionId, position } of deletions) {
      this.#statements.run(
        `insert into purges (session_id, position) values (?, ?)
         on conflict do update set position = max(position, excluded.position), round = round + 1, done = 0`,
        sessionId,
        position,
      );
    }
    for (const { sessionId, earliest } of sessions) {
      this.#statements.run(
        "update purges set round = round + 1, done = 0 where session_id = ? and position > ?",
        sessionId,
        earliest,
      );
    }
  }

  async endPurge({ sessionId, round }: Purge): Promise<void> {
    this.#statements.run("update purges set done = 1 where session_id = ? and round = ?", sessionId, round);
  }

  async putDeadLetters(letters: readonly DeadLetter[], maxKept: number): Promise<void> {
    for (const { position, subject, reason, bytes } of letters) {
      this.#statements.run(
        `insert into dead_letters (position, subject, reason, bytes) values (?, ?, ?, ?)
         on conflict do nothing`,
        positionKey(position),
        subject,
        reason,
        bytes,
      );
    }
    this.#statements.run(
      `delete from dead_letters where position <=
         (select position from dead_letters order by position desc limit 1 offset ?)`,
      maxKept,
    );
  }

  async removeDeadLettersBefore(subject: string, position: string): Promise<void> {
    this.#statements.run("delete from dead_letters where subject = ? and position < ?", subject, position);
  }
}
