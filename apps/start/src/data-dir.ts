import { chmod, mkdir, readdir, stat } from "node:fs/promises";

const onlyMine = 0o700;
const othersBits = 0o077;
/** Files that only natter puts into a folder. */
const ownFiles: ReadonlySet<string> = new Set(["start.lock", "natter.db", "nats.conf"]);

/**
 * Makes the folder for this user alone: conversations are in it. One of an earlier version is closed to others, too; a folder
 * of somebody else's is left as it is.
 */
export async function openDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: onlyMine });
  const { mode } = await stat(dataDir);
  if ((mode & othersBits) === 0) return;
  const isOwn = (await readdir(dataDir)).some((name) => ownFiles.has(name));
  if (isOwn) await chmod(dataDir, onlyMine);
}
