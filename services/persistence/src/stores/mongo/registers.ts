import type { Collection } from "mongodb";
import type { RegisterFact } from "../../store/facts.ts";
import type { RegisterKey, RegisterRow } from "../../store/rows.ts";
import type { RegisterReader, RegisterWriter } from "../../store/store-adapter.ts";
import { insertNew, writeAll } from "./bulk-writes.ts";
import type { RegisterDocument, Collections } from "./collections.ts";

/** Registers that one step of a purge removes. */
const registersPerStep = 1_000;
const takenBackReaction = /"type":"reaction".*"on":false\}$/s;

export class MongoRegisters implements RegisterReader, RegisterWriter {
  readonly #registers: Collection<RegisterDocument>;

  constructor({ registers }: Collections) {
    this.#registers = registers;
  }

  async ofTargets(session: string, targets: readonly string[]): Promise<RegisterRow[]> {
    const found = await this.#registers
      .find({ session, target: { $in: [...targets] }, entry: { $not: takenBackReaction } })
      .toArray();
    return found.map(toRow);
  }

  async byKeys(keys: readonly RegisterKey[]): Promise<RegisterRow[]> {
    if (keys.length === 0) return [];
    const found = await this.#registers.find({ _id: { $in: keys.map(idOf) } }).toArray();
    return found.map(toRow);
  }

  async put(facts: readonly RegisterFact[]): Promise<void> {
    const documents = facts.map((fact) => ({
      _id: idOf(fact),
      session: fact.sessionId,
      target: fact.target,
      entry: fact.entry,
    }));
    const known = await insertNew(this.#registers, documents);
    await writeAll(
      this.#registers,
      known.map(({ _id, entry }) => ({
        updateOne: { filter: { _id, entry: { $lt: entry } }, update: { $set: { entry } } },
      })),
    );
  }

  async remove(key: RegisterKey): Promise<void> {
    await this.#registers.deleteOne({ _id: idOf(key) });
  }

  async removeBefore(session: string, position: string): Promise<boolean> {
    const found = await this.#registers
      .find(
        { session, target: { $gt: "" }, entry: { $lt: position } },
        { projection: { _id: 1 }, limit: registersPerStep },
      )
      .toArray();
    await this.#registers.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } });
    return found.length === registersPerStep;
  }
}

function toRow({ target, entry: register }: RegisterDocument): RegisterRow {
  return { target, register };
}

/** A session id and a message id have no space, so two keys never have one id. */
function idOf({ sessionId, target, slot }: RegisterKey): string {
  return `${sessionId} ${target} ${slot}`;
}
