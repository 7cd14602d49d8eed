import { chmod, lstat, mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";

const onlyMine = 0o700;
const othersBits = 0o077;
/** Files and folders that natter puts into its folder. */
const ownNames =
  /^(?:start\.lock|natter\.db(?:-wal|-shm|-journal)?|nats\.conf|broker\.secret|run\.json|nats|cache)$/;
/** Of these, the ones that no other program has. A folder with one of them is natter's. */
const certainNames: ReadonlySet<string> = new Set(["start.lock", "natter.db", "nats.conf", "broker.secret"]);

/**
 * Makes the folder for this user alone: conversations are in it. An empty one is closed to others, too, and so is one of an
 * earlier version, with what is in it; a folder that holds something else is left as it is.
 */
export async function openDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: onlyMine });
  const names = await readdir(dataDir);
  if (names.length > 0 && !names.some((name) => certainNames.has(name))) return;
  await closeToOthers(await realpath(dataDir));
  for (const name of names.filter((each) => ownNames.test(each))) await closeToOthers(join(dataDir, name));
}

/** What is a link leads to somebody else's. What is gone by now, or is not this user's to close, stays as it is. */
async function closeToOthers(path: string): Promise<void> {
  try {
    const found = await lstat(path);
    if (!found.isSymbolicLink() && (found.mode & othersBits) !== 0)
      await chmod(path, found.mode & ~othersBits);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["ENOENT", "EPERM", "EROFS"].includes(code)) throw error;
  }
}
