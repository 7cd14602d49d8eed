import { array, assert, constantFrom, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { bounds } from "../../src/markdown/budget/bounds.ts";
import { cutBlocks } from "../../src/markdown/parser/blocks.ts";

/** Everything that begins, ends or holds a block, in any order. */
const fragments = array(
  constantFrom(
    ..."a|b c|\n|\n\n|- x|1. y|  z|    w|```|```ts|~~~~|# h|#|$$|\\[|\\]|> q|<!--|-->|<pre>|</pre>|\t|---|\\".split(
      "|",
    ),
  ),
  { maxLength: 40 },
).map((parts) => parts.join(""));

const texts = (text: string): string[] => cutBlocks(text).map((block) => block.text);

test("blocks - joined blocks are the text", () => {
  assert(
    property(fragments, (text) => {
      expect(texts(text).join("")).toBe(text);
    }),
  );
});

test("blocks - a streamed text is cut like one that came at once", () => {
  assert(
    property(fragments, nat(200), (text, at) => {
      const first = cutBlocks(text.slice(0, at));
      expect(cutBlocks(text, first)).toEqual(cutBlocks(text));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["paragraphs", "one\nmore\n\ntwo", ["one\nmore\n\n", "two"]],
  ["headings, also without a blank line", "one\n# two\nthree", ["one\n", "# two\n", "three"]],
  ["a list with blank lines, as one", "- a\n\n- b\n\n  c\n\nd", ["- a\n\n- b\n\n  c\n\n", "d"]],
  ["a list behind a paragraph, as one", "a:\n1. b\n\n1. c\n\nd", ["a:\n1. b\n\n1. c\n\n", "d"]],
  ["code with blank lines, as one", "a\n```\nb\n\n# c\n```\nd", ["a\n", "```\nb\n\n# c\n```\n", "d"]],
  [
    "code in an item, with the item",
    "- a\n  ```\n  b\n\n  c\n  ```\nd",
    ["- a\n  ```\n  b\n\n  c\n  ```\nd"],
  ],
  ["indented code with blank lines, as one", "    a\n\n    b", ["    a\n\n    b"]],
  [
    "formulas with blank lines, as one",
    "$$\na\n\nb\n$$\n\n\\[\na\n\nb\n\\]\n\nc",
    ["$$\na\n\nb\n$$\n\n", "\\[\na\n\nb\n\\]\n\n", "c"],
  ],
  ["a comment with blank lines, as one", "<!--\na\n\nb\n-->\n\nc", ["<!--\na\n\nb\n-->\n\n", "c"]],
])("blocks - a text is cut into %s", (_what, text, blocks) => {
  expect(texts(text)).toEqual(blocks);
});

test("blocks - a formula that is never closed ends at a blank line beyond the bound", () => {
  const [first, ...others] = texts(`\\[\n${"a\n\n".repeat(4_000)}`);
  expect(first?.length).toBeLessThan(bounds.blockCharacters);
  expect(others.length).toBeGreaterThan(1_000);
});

test("blocks - a long list is cut between items, and its numbers continue", () => {
  const blocks = cutBlocks("1. item\n".repeat(2_000));
  expect(blocks.length).toBeGreaterThan(1);
  for (const { text } of blocks) expect(text.length).toBeLessThanOrEqual(bounds.listCharacters + 8);
  const [, second, third] = blocks;
  expect([second?.listStart, third?.listStart]).toEqual([376, 751]);
});

test("blocks - the text beyond the bound of blocks is one block", () => {
  const blocks = cutBlocks("a\n\n".repeat(2 * bounds.blocks));
  expect(blocks.length).toBe(bounds.blocks);
  expect(blocks.at(-1)?.kind).toBe("rest");
  expect(blocks.at(-1)?.text.length).toBe(3 * (bounds.blocks + 1));
});

test("blocks - the code of a block has neither its fence nor its indent", () => {
  const [block] = cutBlocks("  ~~~ python title\n  a\n    b\n\n  ~~~\n");
  expect(block).toMatchObject({ kind: "code", language: "python", code: "a\n  b" });
  expect(cutBlocks("```js\nopen")[0]).toMatchObject({ kind: "code", language: "js", code: "open" });
  expect(cutBlocks("``` a`b\n")[0]?.kind).toBe("markdown");
});
