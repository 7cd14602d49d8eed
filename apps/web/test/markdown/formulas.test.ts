import { expect, test } from "vitest";
import type { Element, Unit } from "../../src/markdown/parser/tree/unit.ts";
import { elements, readText, textOf, textOfUnits } from "./read-text.ts";

/** The source of a formula, which KaTeX puts into an annotation. */
function sourcesOf(units: readonly Unit[]): string[] {
  return elements(units, "annotation").map(textOf);
}

function isDisplayed(units: readonly Unit[]): boolean {
  return elements(units, "span").some(([, properties]) => properties?.["className"] === "katex-display");
}

test.each([
  ["between round brackets", "Einstein: \\(E=mc^2\\), he said", ["E=mc^2"], false],
  ["between square brackets", "\\[ \\frac{a}{b} \\]", ["\\frac{a}{b}"], true],
  ["between square brackets in a line", "so \\[x^2\\] it is", ["x^2"], true],
  ["on lines of its own", "\\[\nx\n=\ny\n\\]", ["x\n=\ny"], true],
  [
    "with lines that look like something else",
    "\\[\n- a\n+ b\n=\n> d\n1. e\n\\]",
    ["- a\n+ b\n=\n> d\n1. e"],
    true,
  ],
  ["with a blank line", "\\[\na\n\nb\n\\]", ["a\n\nb"], true],
  ["right below a paragraph", "text:\n\\[\nx\n\\]\nmore", ["x"], true],
  [
    "with escaped brackets and line breaks in it",
    "\\[ \\left[ a \\\\[4pt] b \\right] \\]",
    ["\\left[ a \\\\[4pt] b \\right]"],
    true,
  ],
  ["over two lines in a paragraph", "so \\(a +\nb\\) it", ["a +\nb"], false],
  ["before a particle", "값은 \\(x\\)입니다", ["x"], false],
  ["right behind Korean", "값은\\(x\\)이고 \\(y\\)다", ["x", "y"], false],
  ["in an item", "1. first\n   \\[\n   x\n   \\]\n2. \\(y\\)", ["x", "y"], true],
  ["in a quotation", "> \\[\n> x\n> \\]", ["x"], true],
  ["in a cell", "| a |\n|---|\n| \\(x\\) |", ["x"], false],
  ["in emphasis", "**\\(x_1\\)** and *\\(y_1\\)*", ["x_1", "y_1"], false],
  ["in a title", "## About \\(x\\)", ["x"], false],
  ["with a full stop behind it", "\\[ x \\].", ["x"], true],
  ["with dollars", "$$x$$ and\n\n$$\ny\n$$", ["x", "y"], true],
  ["with stars and underscores", "\\(a_1 * b_1 * c_1\\)", ["a_1 * b_1 * c_1"], false],
])("formulas - a formula is found %s", (_where, text, sources, displayed) => {
  const units = readText(text);
  expect(sourcesOf(units).map((source) => source.trim())).toEqual(sources);
  expect(isDisplayed(units)).toBe(displayed);
});

test.each([
  ["a code span", "`\\(x\\)` and `\\[x\\]`", "\\(x\\) and \\[x\\]"],
  ["a block of code", "```latex\n\\[ x \\]\n```", "\\[ x \\]"],
  ["code that is indented", "    \\[ x \\]", "\\[ x \\]"],
  ["a code span that begins before it", "`a \\(b` c\\)", "a \\(b c)"],
])("formulas - there is no formula in %s", (_where, text, shown) => {
  const units = readText(text);
  expect(sourcesOf(units)).toEqual([]);
  expect(textOfUnits(units)).toBe(shown);
});

test.each([
  ["escaped backslashes", "a \\\\(b\\\\) c", "a \\(b\\) c"],
  ["brackets behind a letter", "array\\[0\\]", "array[0]"],
  ["the brackets of a link", "\\[a\\](https://example.com/)", "[a](https://example.com/)"],
  ["nothing between them", "- \\[ \\] task", "[ ] task"],
  ["no end", "a \\(b and no end", "a (b and no end"],
  ["no end, and brackets that begin no link", "\\[\nx", "[\nx"],
  ["an end in another paragraph", "a \\(b\n\nc\\) d", "a (b\nc) d"],
])("formulas - brackets are no formula with %s", (_what, text, shown) => {
  const units = readText(text);
  expect(sourcesOf(units)).toEqual([]);
  expect(textOfUnits(units).trim()).toBe(shown);
});

test("formulas - a formula that is streamed is one from its beginning", () => {
  const text = "So \\(E = mc^2\\) and\n\n\\[\n\\frac{a}{b}\n\\]\n";
  const ends = Array.from({ length: text.length }, (_, index) => index).slice(text.indexOf("\\(") + 3);
  const starts = ends.map((end) => text.slice(0, end));
  const withDelimiters = starts.filter((start) =>
    /\\[()[\]]/.test(textOfUnits(readText(start, { isWriting: true }))),
  );
  expect(starts.length).toBeGreaterThan(30);
  expect(withDelimiters).toEqual([]);
});

test("formulas - a formula does not make the text around it look unfinished", () => {
  const units = readText("The sum \\(\\sum_{i} x_i\\) and \\(a * b\\) end here", { isWriting: true });
  expect(sourcesOf(units)).toHaveLength(2);
  expect(elements(units, "em")).toHaveLength(0);
  expect(textOfUnits(units).endsWith("end here")).toBe(true);
});

test("formulas - a formula that KaTeX does not know is shown as its source", () => {
  for (const source of ["\\frac{", "\\unknown{x}", "}{"]) {
    const [span] = elements(readText(`$$\n${source}\n$$`), "span") as [Element];
    expect(textOf(span)).toBe(source);
  }
});

test("formulas - a formula is made of elements that the page knows, and of no markup", () => {
  const units = readText("$$\\text{<b>\\&amp;\"'</b>} < x$$");
  expect(sourcesOf(units)).toEqual(["\\text{<b>\\&amp;\"'</b>} < x"]);
  expect(elements(units, "b")).toHaveLength(0);
});
