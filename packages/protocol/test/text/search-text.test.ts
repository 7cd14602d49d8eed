import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { containsWords, findWord, toSearchText, toSearchWords } from "../../src/index.ts";

/** Characters that change when they are composed, cased or put beside one another. */
const peculiar = [
  "i I ı İ ß ẞ ſ ﬁ ŉ ς σ Σ ΐ Å K µ ① ﷺ … ´ ' \" ‘ ’ ‚ “ ” „ ′ ″ « » ʼ ＇ ｀ é 🙂",
  "\u0307 \u0301 \u0323 \u0308 \u0327 \u200d \u{1d15e} \u3099 \u309a ｶ ｱ ﾞ ﾟ カ Ａ ａ",
  "ㅋ ㅠ ㄱ ㅏ ㄳ 가 각 \u1100 \u1161 \u11a8 \u11aa ﾡ ￂ ㈀",
]
  .flatMap((characters) => characters.split(" "))
  .concat(" ", "\u00a0", "\u3000");
const texts = fc.string({ unit: fc.constantFrom(...peculiar), maxLength: 40 });

describe("the form in which text is searched", () => {
  test.each([
    ["width", "ＡＢＣ　１２３", "abc 123"],
    ["width of kana", "ｶﾀｶﾅ ｶﾞ", "カタカナ ガ"],
    ["width of Hangul letters", "ﾡￂ", "ㄱㅏ"],
    ["ligatures and small forms", "ﬁne ① H₂O …", "fine 1 h2o ..."],
    ["composition", "한글 Cafe\u0301".normalize("NFD"), "한글 café"],
    ["single quotes", "‘a’ ‚b‛ ′c‵ ‹d› ʼeʻ f´ ＇", "'a' 'b' 'c' 'd' 'e' f' '"],
    ["double quotes", "“a” „b‟ ″c‶ «d» 〝e〞 ＂", '"a" "b" "c" "d" "e" "'],
    ["the dots of i", "İSTANBUL Istanbul ıstanbul i\u0307stanbul", "istanbul istanbul istanbul istanbul"],
    ["case", "ΟΔΟΣ Οδος STRASSE Straße STRAẞE", "οδοσ οδοσ strasse strasse strasse"],
  ])("is deaf to %s", (_, text, form) => {
    expect(toSearchText(text)).toBe(form);
  });

  test("keeps apart what reads differently", () => {
    for (const [left, right] of [
      ["e", "é"],
      ["か", "カ"],
      ["l", "i"],
      ["'", '"'],
      ["ㅋㅏ", "카"],
    ] as const) {
      expect(toSearchText(left)).not.toBe(toSearchText(right));
    }
  });

  test("finds Hangul letters beside others", () => {
    expect(containsWords("ㅋㅋㅠㅠ", toSearchWords("ㅠㅠ"))).toBe(true);
    expect(containsWords("하ㅏㅏ ㅇㅇ", toSearchWords("ㅏㅏ ㅇ"))).toBe(true);
  });

  test("is its own form, and that of every way to compose the text", () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: "binary" })), (text) => {
        const form = toSearchText(text);
        expect(toSearchText(form)).toBe(form);
        expect(toSearchText(text.normalize("NFC"))).toBe(form);
        expect(toSearchText(text.normalize("NFD"))).toBe(form);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is made fast of what is hard to compose", () => {
    for (const marks of ["\u0301\u0323", "\u0307", "i\u0307\u0323"]) {
      const startedMs = performance.now();
      toSearchText(`a${marks.repeat(100_000)}`);
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    }
  });
});

describe("a word's place", () => {
  test.each([
    ["don’t do it", "DON'T", "don’t"],
    ["ＡＢＣ ｶﾞｶﾞ", "ガ", "ｶﾞ"],
    ["x İİİ straße", "STRASSE", "straße"],
    ["x İİİ straße", "s", "s"],
    ["\u1112\u1161\u11ab\u1100\u1173\u11af", "글", "\u1100\u1173\u11af"],
    ["ﷺﷺ word", "word", "word"],
    [`${"안녕 ".repeat(1_000)}세계`, "세계", "세계"],
    [`${"e\u0301".repeat(10_000)}세계\n`, "세계", "세계"],
  ])("in %j of %j is that of the original", (text, word, original) => {
    const { start, end } = findWord(text, word) ?? {};
    expect(text.slice(start, end)).toBe(original);
  });

  test("is not told of what is not there", () => {
    expect(findWord("abc", "d")).toBeUndefined();
    expect(findWord("abc", "")).toBeUndefined();
    expect(findWord("", "a")).toBeUndefined();
  });

  test("has the word, and nothing before it has", () => {
    fc.assert(
      fc.property(texts, texts, texts, (before, word, after) => {
        const place = findWord(before + word + after, word);
        fc.pre(place !== undefined);
        const text = before + word + after;
        expect(toSearchText(text.slice(place.start, place.end))).toContain(toSearchText(word));
        expect(toSearchText(text.slice(0, place.start))).not.toContain(toSearchText(word));
      }),
      { numRuns: 2_000 },
    );
  });
});
