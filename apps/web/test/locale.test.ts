import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { en } from "../src/locale/en.ts";
import { ko } from "../src/locale/ko.ts";

const sources = fileURLToPath(new URL("../src", import.meta.url));
const code = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.includes("locale/"))
  .map((path) => readFileSync(`${sources}/${path}`, "utf8"))
  .join("\n");

/** Korean has one form for every number. */
const isNeeded = (key: string): boolean => !key.endsWith("_one");

function valuesIn(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)(?:, \w+)?\}\}/g)].map(([, name = ""]) => name).sort();
}

test("locale - both languages have the same keys", () => {
  expect(Object.keys(ko).sort()).toEqual(Object.keys(en).filter(isNeeded).sort());
});

test.each(Object.keys(en).filter(isNeeded))("locale - both languages use the same values in %s", (key) => {
  const [english, korean] = [en, ko].map((words) => (words as Record<string, string>)[key] ?? "");
  expect(korean).not.toBe("");
  expect(valuesIn(korean ?? "")).toEqual(valuesIn(english ?? ""));
});

test("locale - every text is used", () => {
  // Keys that are put together where they are used.
  const assembled = /^(error|answer\.failed|connection)\./;
  const unused = Object.keys(en).filter(
    (key) => !assembled.test(key) && !code.includes(`"${key.replace(/_(one|other)$/, "")}"`),
  );
  expect(unused).toEqual([]);
});
