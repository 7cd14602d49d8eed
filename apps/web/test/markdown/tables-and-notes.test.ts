import { expect, test } from "vitest";
import { elements, readText, textOf, textOfUnits } from "./read-text.ts";

const cell = (content: string): string => `| a |\n| --- |\n| ${content} |`;

test.each(["<br>", "<br/>", "<br />", "<BR>", "<BR />", "<Br/>"])(
  "markdown - %s in a table cell is a line break",
  (tag) => {
    const units = readText(cell(`one${tag}two${tag}**three**`));
    expect(elements(units, "br")).toHaveLength(2);
    const [content] = elements(units, "td");
    expect(content && textOf(content).replaceAll("\n", "|")).toBe("one|two|three");
  },
);

test("markdown - a line break in a table's head is one, also while the table is streamed", () => {
  expect(elements(readText("| a<br>b |\n| --- |\n| c |"), "br")).toHaveLength(1);
  expect(elements(readText("| a |\n| --- |\n| b<br>c", { isWriting: true }), "br")).toHaveLength(1);
});

test.each(["<br class=x>", "<br onclick=x>", "</br>", "<b>", "<brx>", "<hr>", "<img src=x>", "<!--<br>-->"])(
  "markdown - %s in a table cell stays text",
  (tag) => {
    const units = readText(cell(`one${tag}two`));
    expect(elements(units, "br")).toHaveLength(0);
    expect(textOfUnits(units)).toContain(`one${tag}two`);
  },
);

test("markdown - <br> outside of a table cell stays text", () => {
  for (const text of ["one<br>two", "- one<br>two", "<br>", "# one<br>two", "`one<br>two`", cell("`<br>`")]) {
    expect(elements(readText(text), "br")).toHaveLength(0);
    expect(textOfUnits(readText(text))).toContain("<br>");
  }
});

const text = "One[^1] and two[^zwei], one[^1] again.\n\n[^1]: First.\n[^zwei]: Second **note**.";

test("markdown - a footnote has its number where it is used, and links there and back", () => {
  const units = readText(text);
  const links = elements(units, "a");
  const [section] = elements(units, "section");
  expect(elements(units, "sup").map(textOf)).toEqual(["1", "2", "1", "2"]);
  const ids = [...links, ...elements(units, "li")]
    .map(([, properties]) => properties?.["id"])
    .filter((id) => typeof id === "string");
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, properties] of links) expect(ids.map((id) => `#${id}`)).toContain(properties?.["href"]);
  expect(section && textOf(section)).toContain("Second note.");
});

test("markdown - a footnote mark without a note, or in code, stays text", () => {
  expect(elements(readText("One[^1] and no note"), "a")).toHaveLength(0);
  expect(elements(readText("`One[^1]`\n\n```\n[^1]: note\n```"), "a")).toHaveLength(0);
});
