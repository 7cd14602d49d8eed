import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Position, Prompt, ReadMark, Receipt, RpcQuestion } from "@natter/protocol";
import { limits, positionKey } from "@natter/protocol";
import { factsOf } from "../../facts.ts";
import {
  closerTargetsOfAll,
  toPrompts,
  toReactions,
  toReadMarks,
  type CloserRow,
  type MarkRow,
  type PromptRow,
} from "../../message-pages.ts";
import { keyLength, noKey, positionOfKey } from "../../position-keys.ts";
import { SearchQueue } from "../../search-queue.ts";
import type { DeadLetter, RecordedEvent, Store } from "../../store.ts";
import { Database } from "./database.ts";
import { writeFacts } from "./fact-writer.ts";
import { endPurge, purgeSession, readPendingPurges } from "./purges.ts";
import { queryContext, queryHistory, queryTarget } from "./message-queries.ts";
import { prepareIndex, reindexStep } from "./search-index.ts";
import { SearchThread } from "./search-thread.ts";
import { querySessions } from "./session-list.ts";
import { readAmendments, readDetails, readSession } from "./session-rows.ts";

interface DeadLetterColumns {
  readonly position: string;
  readonly subject: string;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

/**
 * The store in one file. SQLite is synchronous, so a call has done its work when its promise is made; only a search, which can
 * take long, has a thread of its own.
 */
export async function openSqliteStore(path: string): Promise<Store> {
  mkdirSync(dirname(path), { recursive: true });
  const database = openDatabase(path);
  const thread = new SearchThread(path);
  const searches = new SearchQueue({
    run: (question, budgetMs) => thread.ask(question, budgetMs),
    atOnce: 1,
  });
  return {
    record: async (events) => record(database, events),
    keepDeadLetters: async (letters) => keepDeadLetters(database, letters),
    deadLetters: async (limit) => readDeadLetters(database, limit),
    pendingPurges: async (limit) => readPendingPurges(database, limit),
    purge: async (...of) => purgeSession(database, ...of),
    endPurge: async (purge) => endPurge(database, purge),
    lastPosition: async () => readLastPosition(database),
    history: async (question) => database.read(() => queryHistory(database, question)),
    sessions: async (question) => database.read(() => querySessions(database, question)),
    search: (question) => searches.ask(question),
    reindexStep: async () => reindexStep(database),
    reactions: async ({ sessionId, messageId, reader }) =>
      toReactions(readAmendments(database, sessionId, [messageId]), reader),
    receipt: async (eventId) => queryReceipt(database, eventId),
    target: async (question) => database.read(() => queryTarget(database, question)),
    openPrompts: async (sessionId) => database.read(() => queryOpenPrompts(database, sessionId)),
    earliestPrompt: async () => queryEarliestPrompt(database),
    context: async (question) => database.read(() => queryContext(database, question)),
    details: async (sessionId) => database.read(() => readDetails(database, sessionId)),
    readMarks: async (sessionId, limit) => database.read(() => queryReadMarks(database, sessionId, limit)),
    mark: async (question) => mark(database, question),
    close: async () => {
      searches.close();
      await thread.close();
      database.close();
    },
  };
}

function openDatabase(path: string): Database {
  const database = Database.open(path);
  try {
    prepareIndex(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function record(database: Database, events: readonly RecordedEvent[]): void {
  if (events.length === 0) return;
  const facts = factsOf(events);
  database.write(() => writeFacts(database, facts));
}

function keepDeadLetters(database: Database, letters: readonly DeadLetter[]): void {
  database.write(() => {
    for (const { position, subject, reason, bytes } of letters) {
      database.run(
        "insert into dead_letters (position, subject, reason, bytes) values (?, ?, ?, ?) on conflict do nothing",
        positionKey(position),
        subject,
        reason,
        bytes,
      );
    }
    database.run(
      `delete from dead_letters where position <=
         (select position from dead_letters order by position desc limit 1 offset ?)`,
      limits.deadLetters,
    );
  });
}

function readDeadLetters(database: Database, limit: number): DeadLetter[] {
  return database
    .all<DeadLetterColumns>("select * from dead_letters order by position desc limit ?", limit)
    .map(({ position, subject, reason, bytes }) => ({
      position: positionOfKey(position),
      subject,
      reason,
      bytes: Uint8Array.from(bytes),
    }));
}

function readLastPosition(database: Database): Position | undefined {
  const row = database.all<{ position: string }>("select position from progress where name = 'last'")[0];
  return row && positionOfKey(row.position);
}

function queryReceipt(database: Database, eventId: string): Receipt | undefined {
  const row = database.all<{ position: string; body_hash: string }>(
    "select position, body_hash from receipts where event_id = ?",
    eventId,
  )[0];
  return row && { position: positionOfKey(row.position), bodyHash: row.body_hash };
}

function queryOpenPrompts(database: Database, sessionId: string): Prompt[] {
  const rows = database.all<PromptRow>(
    `select prompt_id as promptId, asked, start from prompts
     where session_id = ? and completed = 0 and asked < ? order by asked`,
    sessionId,
    noKey,
  );
  const [earliest] = rows;
  if (!earliest) return [];
  const closers = database.all<CloserRow>(
    `select target, max(position) as position from closers
     where session_id = ? and target in (select value from json_each(?)) and position > ? group by target`,
    sessionId,
    JSON.stringify(closerTargetsOfAll(rows)),
    earliest.asked.slice(0, keyLength),
  );
  return toPrompts(rows, closers);
}

function queryEarliestPrompt(database: Database): Position | undefined {
  const row = database.all<{ asked: string }>(
    "select asked from prompts where completed = 0 and asked < ? order by asked limit 1",
    noKey,
  )[0];
  return row && positionOfKey(row.asked);
}

function queryReadMarks(database: Database, sessionId: string, limit: number): ReadMark[] {
  const members = database.all<MarkRow>(
    `select user_id as userId, read from members
     where session_id = ? and read > '' order by read desc limit ?`,
    sessionId,
    limit,
  );
  return toReadMarks(members, readSession(database, sessionId), readAmendments(database, sessionId, [""]));
}

function mark(database: Database, { userId, sessionId, pinned, archived }: RpcQuestion<"mark">): void {
  database.write(() => {
    database.run(
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
      database.run(sql, Number(value), userId, sessionId);
    }
  });
}
