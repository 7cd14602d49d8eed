import { expect, test } from "vitest";
import { elements, readText, textOf, textOfUnits } from "./read-text.ts";

/** Also in a block that more text follows: only the last block is completed. */
const places = ["", "\n\nA paragraph behind it."];

test.each(["20~25", "3~5일 동안 10~12시", "a~b~c", "가~나 다~라", "file~1 and file~2"])(
  "markdown - a tilde between letters or digits deletes nothing: %s",
  (text) => {
    for (const after of places) {
      const units = readText(`${text}${after}`);
      expect(elements(units, "del")).toHaveLength(0);
      expect(textOfUnits(units)).toContain(text);
    }
  },
);

test("markdown - one or two tildes around words delete them", () => {
  const deleted = elements(readText("~one~ and ~~two~~ and ~~셋~~은"), "del").map(textOf);
  expect(deleted).toEqual(["one", "two", "셋"]);
});

test("markdown - a list item that begins with a comparison is no quotation", () => {
  for (const after of places) {
    const units = readText(`- > 25 degrees\n- >= 3${after}`);
    expect(elements(units, "blockquote")).toHaveLength(0);
    expect(textOfUnits(units)).toContain("> 25 degrees");
  }
  expect(elements(readText("- > quoted words"), "blockquote")).toHaveLength(1);
});
