import type { DatabaseSync } from "node:sqlite";

/** Raised with every change that an older natter could not read. */
const schemaVersion = 3;

/** What brings a file of an earlier version up to date, by the version that it leads to. Runs after `schema`. */
const migrations: Readonly<Record<number, string>> = {
  2: `
    insert into purges (session_id, position)
      select session_id, max(substr(entry, 1, 45)) from amendments where target = '' group by session_id
      on conflict do nothing;
  `,
  // The purges of earlier versions left the memberships.
  3: `
    alter table members add column acted text not null default '';
    update purges set round = round + 1, done = 0;
  `,
};

/** Of an amendment: a reaction that was taken back is a row for ever, and says nothing. */
export const isShown = `not (slot like '["reaction",%' and entry like '%"on":false}')`;

/** Made on open, idempotent. Each index names the query that it serves. */
const schema = `
  create table if not exists messages (
    number integer primary key,
    id text not null unique,
    session_id text not null,
    position text not null,
    user_id text not null,
    -- Of a reply: the message that it answers.
    answer_to text,
    -- 1: deleted by its author, and the text is gone from frame.
    deleted integer not null default 0,
    frame text not null,
    -- A position belongs to one message; also serves the pages of history and the context, latest first.
    unique (session_id, position)
  ) strict;
  -- The answers to the messages of a context.
  create index if not exists messages_by_question on messages (session_id, answer_to, position)
    where answer_to is not null;

  create table if not exists amendments (
    session_id text not null,
    target text not null,
    slot text not null,
    entry text not null,
    -- What was done to the messages of a page.
    primary key (session_id, target, slot)
  ) strict;

  -- What pages read of a message, however many reactions to it were taken back.
  create index if not exists amendments_shown on amendments (session_id, target) where ${isShown};

  create table if not exists sessions (
    session_id text primary key,
    first text not null,
    activity text not null,
    title text not null,
    system_prompt text not null,
    model text not null
  ) strict, without rowid;

  create table if not exists members (
    user_id text not null,
    session_id text not null,
    -- 0: the user has only marked the session.
    joined integer not null default 0,
    read text not null default '',
    pinned integer not null default 0,
    archived integer not null default 0,
    -- Key of the last position at which the user did something. Empty: the user has only marked the session, or an
    -- earlier version, which kept no such key, has written the row.
    acted text not null default '',
    -- The sessions of a user.
    primary key (user_id, session_id)
  ) strict, without rowid;

  -- The read marks of a session, latest first.
  create index if not exists members_by_session on members (session_id, read) where read > '';
  -- The members whom a purge removes.
  create index if not exists members_of_session on members (session_id);

  create table if not exists prompts (
    session_id text not null,
    prompt_id text not null,
    asked text not null,
    start text not null,
    completed integer not null,
    primary key (session_id, prompt_id)
  ) strict, without rowid;
  -- The open prompts of a session, earliest first.
  create index if not exists prompts_open_by_session on prompts (session_id, asked) where completed = 0;
  -- The earliest open prompt of all sessions.
  create index if not exists prompts_open on prompts (asked) where completed = 0;

  create table if not exists closers (
    event_id text primary key,
    session_id text not null,
    target text not null,
    position text not null
  ) strict, without rowid;
  -- What closes the open prompts of a session: only what is about one of them and came after the earliest.
  create index if not exists closers_by_target on closers (session_id, target, position);

  create table if not exists receipts (
    event_id text primary key,
    position text not null,
    body_hash text not null
  ) strict, without rowid;

  -- Deletions of sessions, and whether what was before them is removed.
  create table if not exists purges (
    session_id text primary key,
    position text not null,
    round integer not null default 1,
    done integer not null default 0
  ) strict, without rowid;
  create index if not exists purges_due on purges (position) where done = 0;

  create table if not exists dead_letters (
    position text primary key,
    subject text not null,
    reason text not null,
    bytes blob not null
  ) strict;

  create table if not exists progress (name text primary key, position text not null) strict;

  -- Grams, each spelled as one word of ASCII. Holds no text and no places: a hit is checked against the message.
  create virtual table if not exists search using fts5 (
    grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
  );

  -- One row. The messages up to numbers_left are in the index as an earlier version put them there.
  create table if not exists search_index (version integer not null, numbers_left integer not null) strict;
`;

/** Makes the tables of a new file, and brings an earlier version up to date. */
export function migrate(sqlite: DatabaseSync): void {
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
