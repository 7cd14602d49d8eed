/**
 * Builds the page into `dist`, with a brotli and a gzip copy of each file that they make smaller. With
 * `--if-stale` it builds only if the page is missing or older than its sources. The new page is built beside
 * the old one and then replaces it, so a server never finds half of a page, also if two builds run at the
 * same time.
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { putInPlace } from "./put-in-place.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = dirname(dirname(root));
const dist = join(root, "dist");
const compressible = new Set([".html", ".js", ".css", ".svg", ".json"]);
const sources = [
  ...["src", "public", "scripts", "index.html", "vite.config.ts", "package.json"].map((path) =>
    join(root, path),
  ),
  join(repository, "packages/client/src"),
  join(repository, "packages/protocol/src"),
  join(repository, "pnpm-lock.yaml"),
];

const why = await whyStale();
if (!process.argv.includes("--if-stale") || why !== undefined) {
  process.stdout.write(`building the page${why === undefined ? "" : `: ${why}`}\n`);
  await buildPage();
}

async function buildPage(): Promise<void> {
  const fresh = await mkdtemp(join(root, ".dist-"));
  try {
    const { build } = await import("vite");
    await build({ root, logLevel: "error", build: { outDir: fresh, emptyOutDir: true } });
    await compressAll(fresh);
    await putInPlace(fresh, dist);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function whyStale(): Promise<string | undefined> {
  const built = await stat(join(dist, "index.html")).catch(() => undefined);
  if (!built) return "there is none yet";
  for (const source of sources) if ((await newest(source)) > built.mtimeMs) return "its sources are newer";
  return undefined;
}

/** Time of the latest change in a file or folder, in ms. */
async function newest(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.mtimeMs;
  const entries = await readdir(path, { recursive: true });
  const times = await Promise.all(entries.map(async (entry) => (await stat(join(path, entry))).mtimeMs));
  return Math.max(found.mtimeMs, ...times);
}

async function compressAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && compressible.has(extname(entry.name)));
  await Promise.all(files.map((entry) => compress(join(entry.parentPath, entry.name))));
}

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const copies = {
    ".br": await promisify(brotliCompress)(content, { params }),
    ".gz": await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [suffix, copy] of Object.entries(copies))
    if (copy.length < content.length) await writeFile(`${path}${suffix}`, copy);
}
