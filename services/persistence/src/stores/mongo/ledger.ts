import { positionKey, type Receipt } from "@natter/protocol";
import { Binary } from "mongodb";
import type { Facts } from "../../store/facts.ts";
import { keyLength, noKey, positionOfKey } from "../../store/position-keys.ts";
import type { LedgerReader, LedgerWriter } from "../../store/store-adapter.ts";
import type { DeadLetter, Purge } from "../../store/store.ts";
import { insertNew, putEarliest, writeAll } from "./bulk-writes.ts";
import type { Collections } from "./collections.ts";

/** Another name than before: the purges of earlier versions left the memberships. */
const deletionsAreListed = "deletions-are-listed-with-members";

/** The last position, receipts, purges and dead letters. */
export class MongoLedger implements LedgerReader, LedgerWriter {
  readonly #collections: Pick<Collections, "progress" | "receipts" | "deadLetters" | "purges" | "registers">;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  /** On open, once: a natter of an earlier version recorded deletions and removed nothing, or not all. */
  async listEarlierDeletions(): Promise<void> {
    const { registers, purges, progress } = this.#collections;
    if ((await progress.findOne({ _id: deletionsAreListed })) !== null) return;
    for await (const { session: _id, entry } of registers.find({ target: "" })) {
      const position = entry.slice(0, keyLength);
      const update = { $inc: { round: 1 }, $set: { done: false }, $max: { position } };
      await purges.updateOne({ _id }, update, { upsert: true });
    }
    await progress.updateOne({ _id: deletionsAreListed }, { $set: { position: noKey } }, { upsert: true });
  }

  async lastPosition(): Promise<string | undefined> {
    return (await this.#collections.progress.findOne({ _id: "last" }))?.position;
  }

  async receipt(eventId: string): Promise<Receipt | undefined> {
    const found = await this.#collections.receipts.findOne({ _id: eventId });
    return found === null ? undefined : { position: positionOfKey(found.position), bodyHash: found.bodyHash };
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    const found = await this.#collections.deadLetters.find({}, { sort: { _id: -1 }, limit }).toArray();
    return found.map(({ _id, subject, reason, bytes }) => ({
      position: positionOfKey(_id),
      subject,
      reason,
      bytes: Uint8Array.from(bytes.value()),
    }));
  }

  async pendingPurges(limit: number): Promise<Purge[]> {
    const found = await this.#collections.purges
      .find({ done: false }, { sort: { position: 1 }, limit })
      .toArray();
    return found.map(({ _id: sessionId, position, round }) => ({
      sessionId,
      position: positionOfKey(position),
      round,
    }));
  }

  async putLastPosition(position: string): Promise<void> {
    await writeAll(this.#collections.progress, [
      { updateOne: { filter: { _id: "last" }, update: { $max: { position } }, upsert: true } },
    ]);
  }

  async putReceipts(facts: Facts["receipts"]): Promise<void> {
    const documents = facts.map(({ eventId: _id, position, bodyHash }) => ({ _id, position, bodyHash }));
    await putEarliest(this.#collections.receipts, documents);
  }

  async putDeletions({ deletions, sessions }: Pick<Facts, "deletions" | "sessions">): Promise<void> {
    const { purges } = this.#collections;
    const again = { $inc: { round: 1 }, $set: { done: false } };
    await writeAll(
      purges,
      deletions.map(({ sessionId: _id, position }) => ({
        updateOne: { filter: { _id }, update: { ...again, $max: { position } }, upsert: true },
      })),
    );
    await writeAll(
      purges,
      sessions.map(({ sessionId: _id, earliest }) => ({
        updateOne: { filter: { _id, position: { $gt: earliest } }, update: again },
      })),
    );
  }

  async endPurge({ sessionId: _id, round }: Purge): Promise<void> {
    await this.#collections.purges.updateOne({ _id, round }, { $set: { done: true } });
  }

  async putDeadLetters(letters: readonly DeadLetter[], maxKept: number): Promise<void> {
    const { deadLetters } = this.#collections;
    const documents = letters.map(({ position, subject, reason, bytes }) => ({
      _id: positionKey(position),
      subject,
      reason,
      bytes: new Binary(bytes),
    }));
    await insertNew(deadLetters, documents);
    const tooOld = await deadLetters
      .find({}, { sort: { _id: -1 }, skip: maxKept, limit: 1, projection: { _id: 1 } })
      .toArray();
    for (const { _id } of tooOld) await deadLetters.deleteMany({ _id: { $lte: _id } });
  }

  async removeDeadLettersBefore(subject: string, position: string): Promise<void> {
    await this.#collections.deadLetters.deleteMany({ subject, _id: { $lt: position } });
  }
}
