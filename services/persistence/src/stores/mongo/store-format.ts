import type { Collections } from "./collections.ts";

/**
 * Raised with every change that an older natter could not read. Fields and collections that an older natter ignores raise
 * nothing: old and new processes run beside each other while a new version is rolled out.
 */
const storeFormat = 1;

/**
 * Writes the format of this natter, unless a newer one has written its own.
 *
 * @throws Error if the database has a format that this natter cannot read
 */
export async function ensureFormat({ formats }: Collections): Promise<void> {
  const kept = await formats.findOne({ _id: "format" });
  if (kept && kept.version > storeFormat)
    throw new Error(`the database has format ${kept.version}, this natter knows ${storeFormat}`);
  await formats.updateOne({ _id: "format" }, { $max: { version: storeFormat } }, { upsert: true });
}
