import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { below, decimals, percentile, type Row } from "./report.ts";

const loads = 5;
const entryLimitKilobytes = 190;
const dist = new URL("../../apps/web/dist/", import.meta.url);

interface Load {
  readonly paintMs: number;
  readonly composerMs: number;
}

/** Loads an empty chat several times, with an empty cache. The median counts. */
export async function measureFirstPaint(browser: Browser, url: string): Promise<Row[]> {
  const seen: Load[] = [];
  for (let load = 0; load < loads; load++) seen.push(await loadOnce(browser, url));
  const middle = (of: keyof Load): string =>
    `${decimals(
      percentile(
        seen.map((load) => load[of]),
        0.5,
      ),
      0,
    )} ms`;
  const { entry, lazy } = await scriptSizes();
  const kilobytes = entry / 1_000;
  return [
    { what: "first contentful paint", value: middle("paintMs") },
    { what: "composer can be used", value: middle("composerMs") },
    {
      what: "JavaScript before it, gzipped",
      value: `${decimals(kilobytes)} kB`,
      ...below(entryLimitKilobytes, kilobytes, " kB"),
    },
    { what: "JavaScript that comes later, gzipped", value: `${decimals(lazy / 1_000)} kB` },
  ];
}

async function loadOnce(browser: Browser, url: string): Promise<Load> {
  const context = await browser.newContext({ locale: "en-US" });
  try {
    const page = await context.newPage();
    await page.addInitScript(() => {
      const look = (): void => {
        const field = document.querySelector<HTMLTextAreaElement>("#composer textarea");
        if (field && !field.disabled) performance.mark("composer");
        else requestAnimationFrame(look);
      };
      look();
    });
    await page.goto(url);
    await page.waitForFunction(
      () =>
        performance.getEntriesByName("composer").length > 0 &&
        performance.getEntriesByName("first-contentful-paint").length > 0,
    );
    return await page.evaluate(() => ({
      paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      composerMs: performance.getEntriesByName("composer")[0]?.startTime ?? Number.NaN,
    }));
  } finally {
    await context.close();
  }
}

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(path, dist), "utf8"));
}

/**
 * Bytes of the entry with its static imports, and of the rest. The manifest does not have the worker's files.
 */
async function scriptSizes(): Promise<{ entry: number; lazy: number }> {
  const manifest = (await readJson(".vite/manifest.json")) as Record<string, Chunk>;
  const { now } = (await readJson("generations.json")) as { now: readonly string[] };
  const first = new Set<string>();
  const follow = (name: string): void => {
    const chunk = manifest[name];
    if (!chunk || first.has(chunk.file)) return;
    first.add(chunk.file);
    for (const imported of chunk.imports ?? []) follow(imported);
  };
  for (const [name, chunk] of Object.entries(manifest)) if (chunk.isEntry) follow(name);
  const scripts = now.map((name) => `assets/${name}`);
  let entry = 0;
  let lazy = 0;
  for (const file of scripts) {
    if (!file.endsWith(".js")) continue;
    const path = fileURLToPath(new URL(file, dist));
    const { size } = await stat(`${path}.gz`).catch(async () => stat(path));
    if (first.has(file)) entry += size;
    else lazy += size;
  }
  return { entry, lazy };
}
