import { array, assert, constantFrom, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { bounds } from "../../src/markdown/budget/bounds.ts";
import type { Unit } from "../../src/markdown/parser/tree/unit.ts";
import { wholeText } from "../../src/markdown/parser/worker-messages.ts";
import { elements, growingText, readOn, readText, textOf, textOfUnits } from "./read-text.ts";

const markdown = array(
  constantFrom(
    "# title\n",
    "some **bold** text",
    "\n\n",
    "- item\n",
    "1. first\n",
    "> quote\n",
    "```ts\nconst a = 1;\n```\n",
    "|a|b|\n|-|-|\n|1|2|\n",
    "$$x^2$$ ",
    "[^1] and [link]",
    "\n[^1]: note\n\n",
    "\n[link]: https://example.com/\n\n",
    "`code",
    "**",
    "한국어 글 ",
  ),
  { maxLength: 20 },
).map((parts) => parts.join(""));

test("growing text - a streamed text is read like one that came at once", () => {
  assert(
    property(markdown, nat(300), nat(300), (text, first, second) => {
      const growing = growingText();
      for (const end of [first, first + second]) readOn(growing, text.slice(0, end), { isWriting: true });
      readOn(growing, text);
      expect(growing.units).toEqual(readText(text));
      expect(growing.length).toBe(text.length);
    }),
    { numRuns: 300 },
  );
});

test("growing text - more text leaves earlier units as they are, and the end is read again", () => {
  const growing = growingText();
  const paragraphs = Array.from({ length: 50 }, (_, index) => `paragraph ${index}\n\n`).join("");
  readOn(growing, paragraphs, { isWriting: true });
  const before = growing.units;
  growing.set({ text: `${paragraphs}more`, isWriting: true, slow: new Set() });
  let reads = 0;
  for (; !growing.isDone; reads++) growing.readNext();
  expect(reads).toBeLessThanOrEqual(2);
  expect(growing.units.slice(0, 49).every((unit, index) => unit === before[index])).toBe(true);
});

function isPlain(units: readonly Unit[]): boolean {
  return units.every(({ kind }) => kind === "plain");
}

test.each([
  ["a paragraph longer than a block may be", "*a ".repeat(bounds.blockCharacters)],
  ["a table longer than a table may be", `|a|b|\n|-|-|\n${"|x|y|\n".repeat(bounds.tableCharacters / 5)}`],
  ["nesting deeper than a unit may be", `${"> ".repeat(bounds.unitDepth + 1)}a`],
  ["a paragraph with more elements than a unit may have", "*a* ".repeat(bounds.blockCharacters / 4 - 1)],
  ["a paragraph that takes a browser too long", `a${"\u0301".repeat(bounds.blockCharacters - 2)}`],
  ["nesting that no stack can hold", "> - ".repeat(bounds.blockCharacters / 4 - 1)],
])("growing text - a block beyond a bound is plain text, and complete: %s", (_what, text) => {
  const units = readText(text);
  expect(isPlain(units)).toBe(true);
  const shown = units.map((unit) => (unit.kind === "plain" ? unit.text : "")).join("");
  expect(shown.trim() === text.trim()).toBe(true);
});

test("growing text - the longest paragraph and table within the bounds are read as markdown", () => {
  const words = "word ".repeat(bounds.blockCharacters / 5 - 1);
  expect(elements(readText(words), "p")).toHaveLength(1);
  const row = `| ${"words of a cell ".repeat(8)}|\n`;
  const table = `|a|\n|-|\n${row.repeat(Math.floor((bounds.tableCharacters - 10) / row.length))}`;
  expect(elements(readText(table), "table")).toHaveLength(1);
});

test("growing text - a long list is shown in parts, and its numbers continue", () => {
  const lists = elements(readText("1. item\n".repeat(1_000)), "ol");
  expect(lists.map(([, properties]) => properties?.["start"])).toEqual([undefined, 376, 751]);
});

test("growing text - text behind the last element within the bound is plain", () => {
  const list = readText(`${"- *a*\n".repeat(500)}\n\nb\n\n`.repeat(20));
  const first = list.findIndex(({ kind }) => kind === "plain");
  expect(first).toBeGreaterThan(0);
  expect(isPlain(list.slice(first))).toBe(true);
  const nodes = list.reduce((sum, unit) => sum + (unit.kind === "tree" ? unit.nodes : 0), 0);
  expect(nodes).toBeLessThan(bounds.textNodes + bounds.unitNodes);
});

test("growing text - only the block that took too long is plain text", () => {
  const units = readText("*one*\n\n*two*\n\n*three*", { slow: new Set([7]) });
  expect(units.map(({ kind }) => kind)).toEqual(["tree", "plain", "tree"]);
  expect(textOfUnits(units)).toBe("one\n*two*\n\n\nthree");
});

test("growing text - a text with footnotes that took too long is read block by block", () => {
  const text = "one[^1]\n\n*two*\n\n[^1]: note";
  expect(elements(readText(text), "section")).toHaveLength(1);
  const units = readText(text, { slow: new Set([wholeText]) });
  expect(elements(units, "em")).toHaveLength(1);
  expect(textOfUnits(units)).toContain("one[^1]");
});

test("growing text - a text with footnotes beyond the bound is read block by block", () => {
  const long = `one[^1]\n\n${"word ".repeat(1_900)}\n\n`.repeat(7);
  expect(long.length).toBeGreaterThan(bounds.wholeCharacters);
  expect(elements(readText(`${long}[^1]: note`), "section")).toHaveLength(0);
  const short = `one[^1]\n\n${"word ".repeat(1_900)}\n\n`.repeat(6);
  expect(elements(readText(`${short}[^1]: note`), "section")).toHaveLength(1);
});

test("growing text - a formula beyond a bound is shown as its source", () => {
  for (const source of [
    "x ".repeat(bounds.formulaCharacters / 2 + 1),
    "x^2 ".repeat(300),
    `${"\\frac{1}{".repeat(40)}x${"}".repeat(40)}`,
  ]) {
    const [span] = elements(readText(`$$\n${source}\n$$`), "span");
    expect(span?.[1]?.["className"]).toBe("katex-error");
    expect(span && textOf(span)).toBe(source);
  }
});
