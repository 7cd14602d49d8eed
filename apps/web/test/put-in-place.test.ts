import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@natter/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { putInPlace } from "../scripts/put-in-place.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "natter-page-"));
});
afterEach(async () => rm(root, { recursive: true, force: true }));

/** Makes a folder with a built page whose assets have these names. */
async function built(...names: string[]): Promise<string> {
  const fresh = await mkdtemp(join(root, "fresh-"));
  for (const folder of ["assets", ".vite"]) await mkdir(join(fresh, folder));
  for (const name of names) await writeFile(join(fresh, "assets", name), name);
  await writeFile(join(fresh, ".vite", "manifest.json"), JSON.stringify(names));
  for (const page of ["index.html", "index.html.br"]) await writeFile(join(fresh, page), names.join(" "));
  await writeFile(join(fresh, "theme.js"), "theme");
  return fresh;
}

const read = async (...path: string[]): Promise<string> => readFile(join(root, "dist", ...path), "utf8");
const assets = async (): Promise<string[]> => (await readdir(join(root, "dist", "assets"))).sort();
const put = async (...names: string[]): Promise<void> =>
  putInPlace(await built(...names), join(root, "dist"));

test("putInPlace - the page is there with all of its files", async () => {
  await put("a-1.js", "b-1.css");
  expect(await read("index.html")).toBe("a-1.js b-1.css");
  expect(await read("theme.js")).toBe("theme");
  expect(await read(".vite", "manifest.json")).toBe('["a-1.js","b-1.css"]');
  expect(await assets()).toEqual(["a-1.js", "b-1.css"]);
});

test("putInPlace - the assets of the previous page stay for open tabs, and no others", async () => {
  await put("a-1.js", "same.css");
  await put("a-2.js", "same.css");
  expect(await assets()).toEqual(["a-1.js", "a-2.js", "same.css"]);
  await put("a-3.js", "same.css");
  expect(await assets()).toEqual(["a-2.js", "a-3.js", "same.css"]);
  expect(await read("index.html")).toBe("a-3.js same.css");
});

test("putInPlace - the assets of the previous page stay if the page is built again, or twice at a time", async () => {
  await put("a-1.js");
  await put("a-2.js");
  await put("a-2.js");
  await Promise.all([put("a-2.js"), put("a-2.js")]);
  expect(await assets()).toEqual(["a-1.js", "a-2.js"]);
});

test("putInPlace - the assets of a page without a list stay", async () => {
  await mkdir(join(root, "dist", "assets"), { recursive: true });
  await writeFile(join(root, "dist", "assets", "a-0.js"), "");
  await put("a-1.js");
  expect(await assets()).toEqual(["a-0.js", "a-1.js"]);
});

test("putInPlace - the page is whole at every moment of the change", async () => {
  await put("a-0.js", "b-0.js");
  const look = { isLast: false, seen: "" };
  const reader = (async () => {
    while (!look.isLast) {
      const page = await read("index.html");
      for (const name of page.split(" ")) expect(await read("assets", name)).toBe(name);
      expect(await read("theme.js")).toBe("theme");
      look.seen = page;
    }
  })();
  for (let build = 1; build <= 20; build++) {
    await put(`a-${build}.js`, `b-${build}.js`);
    // A reader takes less time than the next build.
    await waitFor(() => look.seen.startsWith(`a-${build}.js`), { what: "a look at the page" });
  }
  look.isLast = true;
  await reader;
});
