import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(root + path, "utf8");
const document = read("docs/limits.md");

/** The test at a bound: its file, and words of its name. */
const tests = [...document.matchAll(/\[(.+?)\]\(\.\.\/((?:[\w-]+\/)+[\w.-]+\.ts)\)/g)].map(
  ([, name, path]) => ({
    name: name ?? "",
    path: path ?? "",
  }),
);

test("names tests at its bounds, and each of them is there", () => {
  expect(tests.length).toBeGreaterThan(20);
  const missing = tests.filter(({ name, path }) => !existsSync(root + path) || !read(path).includes(name));
  expect(missing).toEqual([]);
});

test("has every row end with a test", () => {
  const rows = document.split("\n").filter((line) => line.startsWith("| ") && !/^\| (what|-)/.test(line));
  expect(rows.filter((row) => !/\]\(\.\.\/.+\.ts\) *\|$/.test(row))).toEqual([]);
});

test("names every bound of the wire that is a size or a number of things", () => {
  const spelled = read("packages/protocol/src/limits.ts").split("export const timings")[0] ?? "";
  const names = [...spelled.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name ?? "");
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
});

test("is linked from the README or the architecture", () => {
  expect(read("ARCHITECTURE.md") + read("README.md")).toContain("docs/limits.md");
});
