import type { Collection, Filter } from "mongodb";
import { noKey } from "../../store/position-keys.ts";
import type { IndexedMessage, MessagePlace, MessageRow, NewText } from "../../store/rows.ts";
import type { MessageReader, MessageWriter } from "../../store/store-adapter.ts";
import { PositionTaken } from "../../store/store.ts";
import { searchIndexVersion } from "../../search/ngrams.ts";
import { insertNew } from "./bulk-writes.ts";
import type { Collections, MessageDocument } from "./collections.ts";
import { duplicateKey } from "./mongo-errors.ts";

type Found = Pick<MessageDocument, "_id" | "session" | "position" | "frame">;

/** Without the n-grams: they are an index, not an answer. */
export const messageFields = { _id: 1, session: 1, position: 1, frame: 1 } as const;

/** Messages that one step of a purge removes. */
const messagesPerStep = 500;
/** Documents that the server sends at a time: a page is often full before its last one. */
const batchSize = 25;

const filters = {
  all: {},
  undeleted: { deleted: false },
  questions: { deleted: false, answerTo: null },
} as const;

export function toMessageRow({ _id: id, session: sessionId, position, frame }: Found): MessageRow {
  return { id, sessionId, position, frame, frameBytes: Buffer.byteLength(JSON.stringify(frame)) };
}

/** What a document holds to be found by. */
export function indexFields(ngrams: readonly string[]): Pick<MessageDocument, "grams" | "indexVersion"> {
  return { grams: ngrams, indexVersion: searchIndexVersion };
}

export class MongoMessages implements MessageReader, MessageWriter {
  readonly #messages: Collection<MessageDocument>;
  readonly #registers: Collections["registers"];

  constructor({ messages, registers }: Collections) {
    this.#messages = messages;
    this.#registers = registers;
  }

  async *before({ sessionId, end, limit, only }: Parameters<MessageReader["before"]>[0]) {
    const found = this.#messages.find(
      { session: sessionId, position: { $lt: end }, ...filters[only ?? "all"] },
      { projection: messageFields, batchSize, sort: { position: -1 }, limit },
    );
    for await (const document of found) yield toMessageRow(document);
  }

  async *from({ sessionId, start, limit }: Parameters<MessageReader["from"]>[0]) {
    const found = this.#messages.find(
      { session: sessionId, position: { $gte: start } },
      { projection: messageFields, batchSize, sort: { position: 1 }, limit },
    );
    for await (const document of found) yield toMessageRow(document);
  }

  async byIds(ids: readonly string[]): Promise<MessageRow[]> {
    const found = await this.#messages
      .find({ _id: { $in: [...ids] } }, { projection: messageFields })
      .toArray();
    return found.map(toMessageRow);
  }

  async place(session: string, id: string): Promise<MessagePlace | undefined> {
    const found = await this.#messages.findOne(
      { _id: id, session },
      { projection: { position: 1, deleted: 1 } },
    );
    return found === null ? undefined : { position: found.position, isDeleted: found.deleted };
  }

  async latestAnswers(session: string, messageIds: readonly string[]): Promise<MessageRow[]> {
    const found = await Promise.all(
      messageIds.map((answerTo) =>
        this.#messages.findOne(
          {
            session,
            answerTo,
            deleted: false,
            "frame.finishReason": { $ne: "error" },
            "frame.message": { $ne: "" },
          },
          { projection: messageFields, sort: { position: -1 } },
        ),
      ),
    );
    return found.filter((document) => document !== null).map(toMessageRow);
  }

  async hasQuestionAfter(session: string, position: string): Promise<boolean> {
    const filter = { session, position: { $gt: position }, answerTo: null };
    return (await this.#messages.findOne(filter, { projection: { _id: 1 } })) !== null;
  }

  async put(messages: readonly IndexedMessage[]): Promise<void> {
    const refused = await insertNew(this.#messages, messages.map(toDocument));
    if (refused.length === 0) return;
    const ids = refused.map(({ _id }) => _id);
    const known = await this.#messages.find({ _id: { $in: ids } }, { projection: { position: 1 } }).toArray();
    const positions = new Map(known.map(({ _id, position }) => [_id, position]));
    for (const document of refused) {
      const { _id, ...fields } = document;
      const position = positions.get(_id);
      if (position === undefined) throw new PositionTaken(`${_id} has the position of another message`);
      if (position <= fields.position) continue;
      // The log has this message twice, and the first one counts.
      await this.#messages
        .updateOne({ _id, position: { $gt: fields.position } }, { $set: fields })
        .catch(throwPositionTaken);
    }
  }

  async putText({ row, position, ngrams }: NewText): Promise<void> {
    // Another process may have read an earlier state than this one and be slower: the later text must win.
    await this.#messages.updateOne(
      { ...sameRow(row), textPosition: { $lt: position } },
      { $set: { textPosition: position, ...indexFields(ngrams) } },
    );
  }

  async clear(row: MessageRow): Promise<void> {
    const { frame } = row;
    await this.#messages.updateOne(sameRow(row), {
      $set: { deleted: true, frame, textPosition: noKey, ...indexFields([]) },
    });
  }

  async removeBefore(session: string, position: string): Promise<boolean> {
    const found = await this.#messages
      .find({ session, position: { $lt: position } }, { projection: { _id: 1 }, limit: messagesPerStep })
      .toArray();
    const ids = found.map(({ _id }) => _id);
    // The messages last: as long as they are there, the purge knows that there is more to remove.
    await this.#registers.deleteMany({ session, target: { $in: ids } });
    await this.#messages.deleteMany({ _id: { $in: ids } });
    return ids.length === messagesPerStep;
  }
}

/** If another process replaces the message meanwhile, that process refreshes its text, too. */
function sameRow({ id, position }: MessageRow): Filter<MessageDocument> {
  return { _id: id, position };
}

function toDocument({ message, ngrams }: IndexedMessage): MessageDocument {
  const { id, sessionId, position, userId, answerTo, frame } = message;
  return {
    _id: id,
    session: sessionId,
    position,
    user: userId,
    answerTo: answerTo ?? null,
    deleted: false,
    frame,
    textPosition: position,
    ...indexFields(ngrams),
  };
}

function throwPositionTaken(error: unknown): never {
  if ((error as { code?: unknown }).code !== duplicateKey) throw error;
  // Not as its cause: the driver's message quotes the key, and with it the session's id.
  throw new PositionTaken("a message has the position of another one");
}
