import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another start runs on this data directory. */
export class DataDirTaken extends Error {
  override readonly name = "DataDirTaken";
}

/** For whoever asks in the same instant, or while the kernel still takes down the holder that was killed. */
const waitMs = 500;

/**
 * Holds the data directory for the life of this process. The kernel's file lock under an SQLite transaction
 * does it: it ends with the process, however that ends, so no lock is ever stale and no pid has to be guessed at.
 *
 * @throws DataDirTaken
 */
export function lockDataDir(dataDir: string): { release(): void } {
  const database = new DatabaseSync(join(dataDir, "start.lock"), { timeout: waitMs });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw new DataDirTaken(
      `natter runs already on ${dataDir}: stop it first, or set NATTER_DATA_DIR to another folder`,
      { cause: error },
    );
  }
  return { release: () => database.close() };
}
