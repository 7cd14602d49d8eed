import type { Binary, Collection, Db } from "mongodb";
import type { MessageEvent } from "../../store/facts.ts";

/** There is one such document. */
export interface FormatDocument {
  readonly _id: "format";
  readonly version: number;
}

/** One document for each message or finished reply. */
export interface MessageDocument {
  /** The event's own id, so that inserting it again is refused by the server. */
  readonly _id: string;
  readonly session: string;
  /** Epoch and seq as one text whose order is theirs. */
  readonly position: string;
  readonly user: string;
  readonly answerTo: string | null;
  /** By its author: the text is gone from `frame`. */
  readonly deleted: boolean;
  readonly frame: MessageEvent;
  /** Position of the text that `grams` were made of: the message's own or its latest edit's. */
  readonly textPosition: string;
  readonly grams: readonly string[];
  /** `searchIndexVersion` of `grams`; an earlier natter did not write it. */
  readonly indexVersion?: number;
}

/** Who did what to which message; `target` is empty for the session itself. */
export interface RegisterDocument {
  readonly _id: string;
  readonly session: string;
  readonly target: string;
  readonly entry: string;
}

export interface SessionDocument {
  readonly _id: string;
  readonly first: string;
  readonly activity: string;
  readonly title: string;
  readonly systemPrompt: string;
  readonly model: string;
}

export interface MemberDocument {
  readonly _id: string;
  readonly user: string;
  readonly session: string;
  /** False: the user has only marked the session. */
  readonly joined: boolean;
  /**
   * Key of the last position at which the user did something. Unset: the user has only marked the session, or an earlier
   * version, which kept no such key, has written the document.
   */
  readonly acted?: string;
  readonly read: string;
  readonly pinned: boolean;
  readonly archived: boolean;
}

export interface PromptDocument {
  readonly _id: string;
  readonly session: string;
  readonly promptId: string;
  readonly asked: string;
  readonly start: string;
  readonly completed: 0 | 1;
}

export interface WithdrawalDocument {
  /** The event's own id. */
  readonly _id: string;
  readonly session: string;
  readonly target: string;
  readonly position: string;
}

export interface ReceiptDocument {
  readonly _id: string;
  readonly position: string;
  readonly bodyHash: string;
}

/** The latest deletion of a session, and whether what was before it is removed. */
export interface PurgeDocument {
  /** The session. */
  readonly _id: string;
  readonly position: string;
  readonly round: number;
  readonly done: boolean;
}

export interface DeadLetterDocument {
  /** `positionKey` */
  readonly _id: string;
  readonly subject: string;
  readonly reason: string;
  readonly bytes: Binary;
}

export interface ProgressDocument {
  readonly _id: string;
  readonly position: string;
}

export interface Collections {
  readonly messages: Collection<MessageDocument>;
  readonly registers: Collection<RegisterDocument>;
  readonly sessions: Collection<SessionDocument>;
  readonly members: Collection<MemberDocument>;
  readonly prompts: Collection<PromptDocument>;
  readonly withdrawals: Collection<WithdrawalDocument>;
  readonly receipts: Collection<ReceiptDocument>;
  readonly purges: Collection<PurgeDocument>;
  readonly deadLetters: Collection<DeadLetterDocument>;
  readonly progress: Collection<ProgressDocument>;
  readonly formats: Collection<FormatDocument>;
}

export function collectionsOf(db: Db): Collections {
  return {
    messages: db.collection("messages"),
    registers: db.collection("amendments"),
    sessions: db.collection("sessions"),
    members: db.collection("members"),
    prompts: db.collection("prompts"),
    withdrawals: db.collection("closers"),
    receipts: db.collection("receipts"),
    purges: db.collection("purges"),
    deadLetters: db.collection("dead_letters"),
    progress: db.collection("progress"),
    formats: db.collection("formats"),
  };
}

/** Idempotent. What is looked up by `_id` alone needs no index. `MongoSearchIndex` makes those of the search. */
export async function createIndexes(collections: Collections): Promise<void> {
  const { messages, registers, members, prompts, withdrawals, purges, deadLetters } = collections;
  // MongoMessages `before` and `from`: a session's messages on one side of a position.
  // Unique: a position, which is (epoch, seq), belongs to one message of a session.
  await messages.createIndex({ session: 1, position: 1 }, { unique: true });
  // MongoRegisters `ofTargets`: what was done to the messages of a page.
  await registers.createIndex({ session: 1, target: 1 });
  // MongoSessions `ofUser`, MongoSearchIndex `candidates`: the sessions of a user.
  await members.createIndex({ user: 1, joined: 1 });
  // MongoSessions `readMarks`: those of a session, latest first.
  await members.createIndex({ session: 1, read: -1 });
  // MongoPrompts `open`: those of a session, earliest first.
  await prompts.createIndex({ session: 1, completed: 1, asked: 1 });
  // MongoPrompts `earliestOpen`: the first open one of all sessions.
  await prompts.createIndex({ completed: 1, asked: 1 });
  // MongoPrompts `withdrawals`: those of a few prompts that are later than the earliest of them.
  await withdrawals.createIndex({ session: 1, target: 1, position: 1 });
  // MongoLedger `pendingPurges`: those to be done, earliest first.
  await purges.createIndex({ done: 1, position: 1 });
  // MongoLedger `removeDeadLettersBefore`: the letters of a session.
  await deadLetters.createIndex({ subject: 1 });
}
