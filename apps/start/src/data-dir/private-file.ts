import { rename, rm, writeFile } from "node:fs/promises";

const onlyMine = 0o600;

/** Replaces the file whole, for this user alone, whatever the mode of the one before. A reader sees the old or the new one. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  await rm(next, { force: true });
  await writeFile(next, text, { mode: onlyMine, flag: "wx" });
  await rename(next, path);
}
