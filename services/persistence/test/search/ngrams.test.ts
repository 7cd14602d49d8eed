import { limits, toSearchWords } from "@natter/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ngramsOf, ngramsOfWords, longNgramsOfWords } from "../../src/search/ngrams.ts";

/** So many different characters in one word: each is a gram, and so is each with the one before it. */
const wordOf = (characters: number): string =>
  Array.from({ length: characters }, (_, n) => String.fromCodePoint(0xac00 + n)).join("");
/** Has as many grams as are indexed, and not one more. */
const fullText = `${wordOf(limits.searchNgrams / 2)} x`;

describe("the grams of a text", () => {
  test(`are all of them up to ${limits.searchNgrams}`, () => {
    expect(ngramsOf(fullText)).toHaveLength(limits.searchNgrams);
    expect(ngramsOf(fullText)).toEqual(expect.arrayContaining(ngramsOfWords(["갂갃"])));
  });

  test("are those of its characters alone if there are more", () => {
    const grams = ngramsOf(`${fullText} y`);
    expect(grams).toEqual(expect.arrayContaining(longNgramsOfWords(["갂갃", "y"])));
    expect(grams).not.toContain("갂갃");
    // Nobody who looks for other characters has to compare it.
    expect(grams).not.toEqual(expect.arrayContaining(longNgramsOfWords(["z"])));
    for (const gram of grams) expect(gram).toMatch(/^ ./u);
  });

  test("are never more, whatever is written", () => {
    const everything = Array.from({ length: 0xd800 }, (_, code) => String.fromCharCode(code)).join("");
    for (const text of [everything, Array.from(everything).join(" "), "🙂".repeat(100_000), wordOf(11_000)]) {
      expect(ngramsOf(text).length).toBeLessThanOrEqual(limits.searchNgrams);
    }
  });

  test("have those of every word in it, in one of the two ways", () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", maxLength: 50 }));
    fc.assert(
      fc.property(texts, fc.boolean(), fc.nat(), fc.nat(), (text, isLong, start, length) => {
        const grams = new Set(ngramsOf(isLong ? `${fullText} y ${text}` : text));
        const words = toSearchWords(text).map((word) => {
          const characters = Array.from(word);
          const from = start % characters.length;
          return characters.slice(from, from + 1 + (length % characters.length)).join("");
        });
        const wanted = isLong ? longNgramsOfWords(words) : ngramsOfWords(words);
        expect(wanted.filter((gram) => !grams.has(gram))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test(`of a query are at most ${limits.searchQueryNgrams}`, () => {
    const words = [wordOf(limits.searchQueryLength)];
    expect(ngramsOfWords(words)).toHaveLength(limits.searchQueryNgrams);
    expect(longNgramsOfWords(words)).toHaveLength(limits.searchQueryNgrams);
    expect(ngramsOfWords([wordOf(limits.searchQueryNgrams + 1)])).toHaveLength(limits.searchQueryNgrams);
  });
});
