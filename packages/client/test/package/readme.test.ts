/** The README's snippets do what it says, on a real natter. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startNatter, type TestNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fencesOf } from "../support/fences.ts";

const snippets = fencesOf(new URL("../../README.md", import.meta.url), "ts");
let natter: TestNatter;
let folder: string;

beforeAll(async () => {
  natter = await startNatter();
  folder = await mkdtemp(join(tmpdir(), "natter-readme-"));
  await mkdir(join(folder, "node_modules", "@natter"), { recursive: true });
  const packageDir = fileURLToPath(new URL("../..", import.meta.url));
  await symlink(packageDir, join(folder, "node_modules", "@natter", "client"), "junction");
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
});
afterAll(async () => {
  await natter[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("the README has snippets, and says what each of them prints", () => {
  expect(snippets.length).toBeGreaterThanOrEqual(5);
  expect(snippets.filter(({ printed }) => printed === undefined)).toEqual([]);
});

test.each(snippets)(
  "the snippet of “$heading” prints what the README says",
  async ({ heading, code, printed }) => {
    const file = join(folder, `${heading.toLowerCase().replaceAll(/\W+/g, "-")}.ts`);
    await writeFile(file, code.replaceAll("http://localhost:8080", natter.url));
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 });
    expect(stdout).toBe(printed);
  },
);
