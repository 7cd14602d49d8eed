/**
 * Writes what a batch of events says. There is no transaction: each write alone may come twice, in any order
 * and beside those of another process, and a batch that was cut short is completed when it comes again.
 *
 * A message and what was done to it may come at the same time to two processes. Each writes its own part
 * first and only then reads the other's (`refreshMessages`), so at least one of the two sees both.
 */
import type {
  AnyBulkWriteOperation,
  Collection,
  Filter,
  OptionalUnlessRequiredId,
  UpdateFilter,
} from "mongodb";
import { textSlots, type AmendmentFact, type Facts, type MessageFact } from "../../facts.ts";
import { withoutContent } from "@natter/protocol";
import { newestOf, type MessageRow } from "../../message-pages.ts";
import { noKey } from "../../position-keys.ts";
import { PositionTaken } from "../../store.ts";
import type { AmendmentDocument, Collections, MessageDocument } from "./collections.ts";
import { duplicateKey, refusedAsDuplicates } from "./mongo-errors.ts";
import { indexedText } from "./search-index.ts";
import { amendmentId, memberId, promptDocumentId, toMessageRow } from "./session-documents.ts";

const unordered = { ordered: false } as const;

export async function writeFacts(collections: Collections, facts: Facts): Promise<void> {
  await Promise.all([
    writeAmendments(collections.amendments, facts.amendments),
    writeMessages(collections.messages, facts.messages),
  ]);
  await refreshMessages(collections, facts);
  await Promise.all([
    writeSessions(collections, facts),
    writeMembers(collections, facts),
    writePrompts(collections, facts),
    writeClosers(collections, facts),
    writeReceipts(collections, facts),
  ]);
  // After all that may have to be removed: whoever purges meanwhile is told to do it again.
  await writeDeletions(collections, facts);
  await bulk(collections.progress, [
    {
      updateOne: {
        filter: { _id: "last" },
        update: { $max: { position: facts.lastPosition } },
        upsert: true,
      },
    },
  ]);
}

async function writeAmendments(
  amendments: Collection<AmendmentDocument>,
  facts: readonly AmendmentFact[],
): Promise<void> {
  const documents = facts.map(({ sessionId, target, slot, entry }) => ({
    _id: amendmentId(sessionId, target, slot),
    session: sessionId,
    target,
    entry,
  }));
  const known = await insertNew(amendments, documents);
  await bulk(
    amendments,
    known.map(({ _id, entry }) => ({
      updateOne: { filter: { _id, entry: { $lt: entry } }, update: { $set: { entry } } },
    })),
  );
}

async function writeMessages(
  messages: Collection<MessageDocument>,
  facts: readonly MessageFact[],
): Promise<void> {
  const refused = await insertNew(messages, facts.map(toDocument));
  if (refused.length === 0) return;
  const ids = refused.map(({ _id }) => _id);
  const known = await messages.find({ _id: { $in: ids } }, { projection: { position: 1 } }).toArray();
  const positions = new Map(known.map(({ _id, position }) => [_id, position]));
  for (const document of refused) {
    const { _id, ...fields } = document;
    const position = positions.get(_id);
    if (position === undefined) throw new PositionTaken(`${_id} has the position of another message`);
    if (position <= fields.position) continue;
    // The log has this message twice, and the first one counts.
    await messages
      .updateOne({ _id, position: { $gt: fields.position } }, { $set: fields })
      .catch(throwPositionTaken);
  }
}

function throwPositionTaken(error: unknown): never {
  if ((error as { code?: unknown }).code !== duplicateKey) throw error;
  // Not as its cause: the driver's message quotes the key, and with it the session's id.
  throw new PositionTaken("a message has the position of another one");
}

function toDocument({ id, sessionId, position, userId, answerTo, frame }: MessageFact): MessageDocument {
  return {
    _id: id,
    session: sessionId,
    position,
    user: userId,
    answerTo: answerTo ?? null,
    deleted: false,
    frame,
    textPosition: position,
    ...indexedText(frame.message),
  };
}

/** Applies edits and deletions to the messages of the batch, and those of the batch to messages that were there. */
async function refreshMessages(collections: Collections, facts: Facts): Promise<void> {
  const targets = new Set(
    facts.amendments.filter(({ changesText }) => changesText).map(({ target }) => target),
  );
  const own = facts.messages.flatMap(({ sessionId, id, userId }) => textIds(sessionId, id, userId));
  if (own.length > 0) {
    const found = await collections.amendments
      .find({ _id: { $in: own } }, { projection: { target: 1 } })
      .toArray();
    for (const { target } of found) targets.add(target);
  }
  if (targets.size === 0) return;
  const documents = await collections.messages
    .find({ _id: { $in: [...targets] } }, { projection: { grams: 0 } })
    .toArray();
  for (const document of documents) await refreshMessage(collections, toMessageRow(document));
}

async function refreshMessage(collections: Collections, row: MessageRow): Promise<void> {
  const ids = textIds(row.sessionId, row.id, row.frame.user.id);
  const amendments = await collections.amendments.find({ _id: { $in: ids } }).toArray();
  const newest = newestOf(
    row,
    amendments.map(({ entry }) => entry),
  );
  // Another process may have read an older state than this one and be slower: the later text must win. And if
  // the message itself is replaced meanwhile, the one who does that refreshes it again.
  const filter = { _id: row.id, position: row.position };
  if (newest.text !== undefined) {
    await collections.messages.updateOne(
      { ...filter, textPosition: { $lt: newest.position } },
      { $set: { textPosition: newest.position, ...indexedText(newest.text) } },
    );
    return;
  }
  await collections.messages.updateOne(filter, {
    $set: { deleted: true, frame: withoutContent(row.frame), textPosition: noKey, ...indexedText("") },
  });
  const [editId] = ids;
  if (editId !== undefined) await collections.amendments.deleteOne({ _id: editId });
}

/** Ids of the amendments that decide about a message's text: its author's edit and deletion. */
function textIds(sessionId: string, id: string, userId: string): string[] {
  const { edit, deletion } = textSlots(userId);
  return [amendmentId(sessionId, id, edit), amendmentId(sessionId, id, deletion)];
}

async function writeSessions(collections: Collections, facts: Facts): Promise<void> {
  await bulk(
    collections.sessions,
    facts.sessions.map(({ sessionId: _id, first, earliest: _earliest, ...latest }) => ({
      updateOne: { filter: { _id }, update: { $min: { first }, $max: latest }, upsert: true },
    })),
  );
}

async function writeDeletions(collections: Collections, facts: Facts): Promise<void> {
  const again = { $inc: { round: 1 }, $set: { done: false } };
  await bulk(
    collections.purges,
    facts.deletions.map(({ sessionId: _id, position }) => ({
      updateOne: { filter: { _id }, update: { ...again, $max: { position } }, upsert: true },
    })),
  );
  await bulk(
    collections.purges,
    facts.sessions.map(({ sessionId: _id, earliest }) => ({
      updateOne: { filter: { _id, position: { $gt: earliest } }, update: again },
    })),
  );
}

async function writeMembers(collections: Collections, facts: Facts): Promise<void> {
  await bulk(
    collections.members,
    facts.members.map(({ sessionId: session, userId: user, acted, read }) => ({
      updateOne: {
        filter: { _id: memberId(session, user) },
        update: {
          $set: { joined: true },
          $max: { acted, read },
          $setOnInsert: { user, session, pinned: false, archived: false },
        },
        upsert: true,
      },
    })),
  );
}

async function writePrompts(collections: Collections, facts: Facts): Promise<void> {
  await bulk(
    collections.prompts,
    facts.prompts.map(({ sessionId: session, promptId, asked, start, completed }) => ({
      updateOne: {
        filter: { _id: promptDocumentId(session, promptId) },
        update: { $min: { asked }, $max: { start, completed }, $setOnInsert: { session, promptId } },
        upsert: true,
      },
    })),
  );
}

async function writeClosers(collections: Collections, facts: Facts): Promise<void> {
  const documents = facts.closers.map(({ eventId: _id, sessionId: session, target, position }) => ({
    _id,
    session,
    target,
    position,
  }));
  await putEarliest(collections.closers, documents);
}

async function writeReceipts(collections: Collections, facts: Facts): Promise<void> {
  const documents = facts.receipts.map(({ eventId: _id, position, bodyHash }) => ({
    _id,
    position,
    bodyHash,
  }));
  await putEarliest(collections.receipts, documents);
}

/** Of two documents with one id the one with the lower position stays. */
async function putEarliest<T extends { _id: string; position: string }>(
  collection: Collection<T>,
  documents: readonly T[],
): Promise<void> {
  const known = await insertNew(collection, documents);
  await bulk(
    collection,
    known.map(({ _id, ...fields }) => ({
      updateOne: {
        filter: { _id, position: { $gt: fields.position } } as unknown as Filter<T>,
        update: { $set: fields } as unknown as UpdateFilter<T>,
      },
    })),
  );
}

/** The fast path: most events are new. Resolves with the documents whose key exists already. */
async function insertNew<T extends { _id: string }>(
  collection: Collection<T>,
  documents: readonly T[],
): Promise<T[]> {
  if (documents.length === 0) return [];
  const refused = await refusedAsDuplicates(() =>
    collection.insertMany(documents as readonly OptionalUnlessRequiredId<T>[], unordered),
  );
  return refused.flatMap((index) => documents[index] ?? []);
}

/**
 * Of two upserts of one new document the server may refuse the later one; by then the document is there, so a
 * second try updates it.
 */
async function bulk<T extends { _id: string }>(
  collection: Collection<T>,
  operations: AnyBulkWriteOperation<T>[],
): Promise<void> {
  if (operations.length === 0) return;
  const refused = await refusedAsDuplicates(() => collection.bulkWrite(operations, unordered));
  if (refused.length === 0) return;
  await collection.bulkWrite(
    refused.flatMap((index) => operations[index] ?? []),
    unordered,
  );
}
