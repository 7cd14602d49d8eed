/**
 * Replaces a page while a server serves it. First come the new assets, whose names contain a hash of their
 * content, then the page itself. Then the assets go that no page needs any more. An open tab still requests
 * the assets of the previous page, so these stay until the next build.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Names of files in `assets`. */
interface Generations {
  readonly now: readonly string[];
  readonly before: readonly string[];
}

const assets = "assets";
/** The file that lists which assets belong to which page. */
const list = "generations.json";
/** From here on a browser gets the new page, so it comes last. */
const isPage = (name: string): boolean => name.startsWith("index.html");

export async function putInPlace(fresh: string, dist: string): Promise<void> {
  await mkdir(join(dist, assets), { recursive: true });
  const last = await generationsOf(dist);
  const generations = next(await namesIn(join(fresh, assets)), last);
  await moveInto(join(fresh, assets), join(dist, assets));
  const others = (await namesIn(fresh)).filter((name) => name !== assets);
  await moveInto(fresh, dist, [...others.filter((name) => !isPage(name)), ...others.filter(isPage)]);
  await writeFile(join(dist, list), JSON.stringify(generations));
  const kept = new Set([...generations.now, ...generations.before]);
  for (const name of [...last.now, ...last.before])
    if (!kept.has(name)) await rm(join(dist, assets, name), { force: true });
}

/** A build of the same page is no new generation. */
function next(now: readonly string[], { now: last, before }: Generations): Generations {
  const isSame = now.length === last.length && now.every((name) => last.includes(name));
  return { now, before: isSame ? before : last };
}

async function generationsOf(dist: string): Promise<Generations> {
  try {
    return JSON.parse(await readFile(join(dist, list), "utf8")) as Generations;
  } catch {
    return { now: await namesIn(join(dist, assets)), before: [] };
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}

/** File by file, so that another build can do the same. */
async function moveInto(from: string, to: string, names?: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of names ?? (await namesIn(from))) {
    const path = join(from, name);
    if ((await stat(path)).isDirectory()) await moveInto(path, join(to, name));
    else await rename(path, join(to, name));
  }
}
