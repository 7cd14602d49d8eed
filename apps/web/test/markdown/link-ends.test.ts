import { expect, test } from "vitest";
import { elements, readText, textOf, textOfUnits } from "./read-text.ts";

/** Labels and addresses of the links in a text. */
function linksOf(text: string): (readonly [string, unknown])[] {
  return elements(readText(text), "a").map((link) => [textOf(link), link[1]?.["href"]]);
}

const address = "https://example.com/a";

test.each([
  "입니다",
  "에서 보세요",
  "の例です",
  "カタカナ",
  "ｶﾀｶﾅ",
  "是例子",
  "𠀀",
  "ㄅㄆ",
  "ครับ",
  "ແລ້ວ",
  "។",
  "။",
  "。",
  "．",
  "，",
  "、",
  "：",
  "！",
  "？",
  "（참고）",
  "）",
  "「例」",
  "」",
  "【",
  "《",
  "”라고",
  "’s",
  "»",
  "…",
  "،",
  "؟",
  "।",
  "👍",
  "☀️",
  "．입니다",
  ".입니다",
  ",그리고",
  "!라고",
  "…입니다",
  "(참고)",
  "(보세요).",
  "\u200B입니다",
  "\u2060입니다",
])("link ends - an address ends before %s", (after) => {
  expect(linksOf(`See ${address}${after} and on`)).toEqual([[address, address]]);
  expect(textOfUnits(readText(`See ${address}${after} and on`))).toBe(`See ${address}${after} and on`);
});

test.each([
  ["in round brackets", `(${address})입니다`],
  ["in wide brackets", `（${address}）입니다`],
  ["in quotation marks", `“${address}”입니다`],
  ["in emphasis", `**${address}**입니다`],
  ["in other emphasis", `*${address}*은 주소`],
  ["deleted", `~~${address}~~는`],
  ["in a cell", `| 주소 |\n| --- |\n| ${address}입니다 |`],
  ["in an item", `- ${address}입니다`],
  ["in a title", `# ${address}입니다`],
  ["behind Korean", `주소는${address}입니다`],
  ["before another one", `${address}와 ${address}를`],
])("link ends - an address ends before a particle also %s", (_where, text) => {
  for (const link of linksOf(text)) expect(link).toEqual([address, address]);
  expect(linksOf(text).length).toBeGreaterThan(0);
});

test.each([
  ["https://example.com입니다", "https://example.com"],
  ["https://example.com/입니다", "https://example.com/"],
  ["https://example.com:8080/a?b=c#d를", "https://example.com:8080/a?b=c#d"],
  ["https://example.com/a_(b)입니다", "https://example.com/a_(b)"],
  ["http://127.0.0.1:8080에서", "http://127.0.0.1:8080"],
  ["HTTPS://EXAMPLE.com/A를", "HTTPS://EXAMPLE.com/A"],
  ["https://한국.kr/a에서", "https://한국.kr/a"],
  ["https://한국.kr에서", "https://한국.kr"],
  ["https://例え.jp/例", "https://例え.jp/"],
])("link ends - the address in %s is %s", (text, expected) => {
  expect(linksOf(`가 ${text} 나`).map(([label]) => label)).toEqual([expected]);
});

test("link ends - an address without a protocol ends before a particle, too", () => {
  expect(linksOf("www.example.com/a입니다")).toEqual([["www.example.com/a", "http://www.example.com/a"]]);
  expect(linksOf("www.example.com입니다.")).toEqual([["www.example.com", "http://www.example.com"]]);
  expect(linksOf("me@example.com으로")).toEqual([["me@example.com", "mailto:me@example.com"]]);
});

test.each([
  "https://example.com/Москва",
  "https://example.com/caf%C3%A9/café",
  "https://example.com/Col·lecció",
  "https://example.com/1990–1999",
  "https://example.com/مرحبا",
  "https://example.com/a-b_c~d!e$f'g(h)i*j+k,l;m=n:o@p",
])(
  "link ends - letters of scripts with blanks, and the characters of addresses, are part of it: %s",
  (whole) => {
    expect(linksOf(`See ${whole} there`).map(([label]) => label)).toEqual([whole]);
  },
);

test("link ends - an address in brackets ends with the bracket", () => {
  expect(linksOf("<https://example.com/가나>").map(([label]) => label)).toEqual(["https://example.com/가나"]);
  expect(linksOf(`[${address}입니다](https://example.com/나)`).map(([label]) => label)).toEqual([
    `${address}입니다`,
  ]);
  expect(linksOf("`https://example.com/a입니다`")).toEqual([]);
});

test("link ends - an address that is streamed ends where the complete one does", () => {
  const text = `주소는 ${address}입니다`;
  for (let end = text.indexOf("a입") + 1; end <= text.length; end++)
    expect(elements(readText(text.slice(0, end), { isWriting: true }), "a").map(textOf)).toEqual([address]);
});
