import type {
  AnyBulkWriteOperation,
  Collection,
  Filter,
  OptionalUnlessRequiredId,
  UpdateFilter,
} from "mongodb";
import { refusedAsDuplicates } from "./mongo-errors.ts";

const unordered = { ordered: false } as const;

/** The fast path: most events are new. Resolves with the documents whose key exists already. */
export async function insertNew<T extends { _id: string }>(
  collection: Collection<T>,
  documents: readonly T[],
): Promise<T[]> {
  if (documents.length === 0) return [];
  const refused = await refusedAsDuplicates(() =>
    collection.insertMany(documents as readonly OptionalUnlessRequiredId<T>[], unordered),
  );
  return refused.flatMap((index) => documents[index] ?? []);
}

/** Of two documents with one id the one with the lower position stays. */
export async function putEarliest<T extends { _id: string; position: string }>(
  collection: Collection<T>,
  documents: readonly T[],
): Promise<void> {
  const known = await insertNew(collection, documents);
  await writeAll(
    collection,
    known.map(({ _id, ...fields }) => ({
      updateOne: {
        filter: { _id, position: { $gt: fields.position } } as unknown as Filter<T>,
        update: { $set: fields } as unknown as UpdateFilter<T>,
      },
    })),
  );
}

/**
 * Of two upserts of one new document the server may refuse the later one; by then the document is there, so a
 * second try updates it.
 */
export async function writeAll<T extends { _id: string }>(
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
