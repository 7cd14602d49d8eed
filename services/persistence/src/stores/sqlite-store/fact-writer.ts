import { withoutContent } from "@natter/protocol";
import { textSlots, type Facts, type MessageFact } from "../../facts.ts";
import { PositionTaken } from "../../store.ts";
import type { Database } from "./database.ts";
import { newestText } from "./newest-text.ts";
import { indexText } from "./search-index.ts";
import { messageColumns, toMessageRow, type MessageColumns } from "./session-rows.ts";

/** Writes what a batch of events says. Runs inside a transaction, so nobody sees a part of it. */
export function writeFacts(database: Database, facts: Facts): void {
  const touched = new Set<string>();
  for (const message of facts.messages) {
    if (writeMessage(database, message)) touched.add(message.id);
  }
  for (const { sessionId, target, slot, changesText, entry } of facts.amendments) {
    const isNews = database.run(
      `insert into amendments (session_id, target, slot, entry) values (?, ?, ?, ?)
       on conflict do update set entry = excluded.entry where excluded.entry > entry`,
      sessionId,
      target,
      slot,
      entry,
    );
    if (isNews && changesText) touched.add(target);
  }
  for (const id of touched) refreshMessage(database, id);
  writeSessions(database, facts);
  writeDeletions(database, facts);
  writePrompts(database, facts);
  for (const { eventId, position, bodyHash } of facts.receipts) {
    database.run(
      `insert into receipts (event_id, position, body_hash) values (?, ?, ?)
       on conflict do update set position = excluded.position, body_hash = excluded.body_hash
       where excluded.position < position`,
      eventId,
      position,
      bodyHash,
    );
  }
  database.run(
    `insert into progress (name, position) values ('last', ?)
     on conflict do update set position = max(position, excluded.position)`,
    facts.lastPosition,
  );
}

/** Whether the message is new or replaces the one that is stored. */
function writeMessage(database: Database, message: MessageFact): boolean {
  const { id, sessionId, position, userId, answerTo } = message;
  const known = database.all<{ position: string }>("select position from messages where id = ?", id)[0];
  if (known && known.position <= position) return false;
  const holder = database.all<{ id: string }>(
    "select id from messages where session_id = ? and position = ?",
    sessionId,
    position,
  )[0];
  if (holder) throw new PositionTaken(`${id} and ${holder.id} have one position in the log`);
  const frame = JSON.stringify(message.frame);
  if (known) {
    return database.run(
      "update messages set position = ?, user_id = ?, answer_to = ?, deleted = 0, frame = ? where id = ?",
      position,
      userId,
      answerTo ?? null,
      frame,
      id,
    );
  }
  return database.run(
    "insert into messages (id, session_id, position, user_id, answer_to, frame) values (?, ?, ?, ?, ?, ?)",
    id,
    sessionId,
    position,
    userId,
    answerTo ?? null,
    frame,
  );
}

/** Brings the search index up to the newest text; of a deleted message the text itself is removed, too. */
function refreshMessage(database: Database, id: string): void {
  const row = database.all<MessageColumns & { number: number; user_id: string }>(
    `select number, user_id, ${messageColumns} from messages where id = ?`,
    id,
  )[0];
  if (!row) return;
  const message = toMessageRow(row);
  const text = newestText(database, message);
  indexText(database, row.number, text);
  if (text !== undefined) return;
  const frame = JSON.stringify(withoutContent(message.frame));
  database.run("update messages set deleted = 1, frame = ? where id = ?", frame, id);
  database.run(
    "delete from amendments where session_id = ? and target = ? and slot = ?",
    row.session_id,
    id,
    textSlots(row.user_id).edit,
  );
}

function writeSessions(database: Database, facts: Facts): void {
  for (const { sessionId, first, activity, title, systemPrompt, model } of facts.sessions) {
    database.run(
      `insert into sessions (session_id, first, activity, title, system_prompt, model) values (?, ?, ?, ?, ?, ?)
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
  for (const { sessionId, userId, acted, read } of facts.members) {
    database.run(
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

function writeDeletions(database: Database, facts: Facts): void {
  for (const { sessionId, position } of facts.deletions) {
    database.run(
      `insert into purges (session_id, position) values (?, ?)
       on conflict do update set position = max(position, excluded.position), round = round + 1, done = 0`,
      sessionId,
      position,
    );
  }
  for (const { sessionId, earliest } of facts.sessions) {
    database.run(
      "update purges set round = round + 1, done = 0 where session_id = ? and position > ?",
      sessionId,
      earliest,
    );
  }
}

function writePrompts(database: Database, facts: Facts): void {
  for (const { sessionId, promptId, asked, start, completed } of facts.prompts) {
    database.run(
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
  for (const { eventId, sessionId, target, position } of facts.closers) {
    database.run(
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
