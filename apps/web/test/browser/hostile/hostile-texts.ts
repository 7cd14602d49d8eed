/** Texts of a model that are expensive to parse, to lay out or to paint. */

/** Random numbers. A seed always gives the same ones. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** As many parts as fit, one after another. */
type Long = (part: (index: number) => string, bytes?: number) => string;

/** @param max bytes of the text in JSON, as those of an answer are counted */
function longUpTo(max: number): Long {
  return (part, bytes = max) => {
    const parts: string[] = [];
    for (let index = 0, size = 0; ; index++) {
      const next = part(index);
      size += Buffer.byteLength(JSON.stringify(next)) - 2;
      if (size > Math.min(bytes, max)) return parts.join("");
      parts.push(next);
    }
  };
}

/** @param bytes length of the texts that have none of their own */
export function hostileTexts(seed: number, bytes: number): Readonly<Record<string, string>> {
  const below = numbers(seed);
  const long = longUpTo(bytes);
  const anyOf = (from: number, to: number): string => String.fromCodePoint(from + below(to - from));
  return {
    ...emphases(long),
    ...nests(long, below),
    ...letters(long, anyOf, below),
    "open brackets": long(() => "["),
    links: long(() => "[a](https://example.com/b) "),
    "addresses with references": long((index) => (index === 0 ? "https://example.com/" : "&a;"), 9_900),
    images: long(() => "![a](https://example.com/b.png)\n"),
    backticks: long((index) => `${"`".repeat(index % 400)} `),
    "HTML in a line": long(() => "<b>a</b><script>"),
    "HTML in lines": long(() => "<div>\n"),
    "many headings": long(() => "# heading\n"),
    "a heading for each of all lines": long(() => "# a\n"),
    rules: long(() => "---\n"),
    "empty lines": long(() => "\n"),
    "short paragraphs": long(() => "a\n\n"),
    paragraphs: long(
      (index) => `A paragraph, number ${index}, of **some** words that go on for a while.\n\n`,
    ),
    "a table of many rows": `|a|b|c|\n|-|-|-|\n${long(() => "|x|y|z|\n")}`,
    "the longest table": `|a|b|\n|-|-|\n${long(() => "|some words of a cell|1|\n", 39_000)}`,
    "many tables": long(() => "|a|b|\n|-|-|\n|x|y|\n\n"),
    footnotes: long((index) => `text[^${index}]\n\n[^${index}]: note\n\n`),
    "footnotes in one": long((index) => `text[^${index}]\n\n[^${index}]: note\n\n`, 30_000),
    ...formulas(long),
    ...codes(long),
  };
}

/** Letters that kern, so the browser shapes each line again. */
export function kerningTexts(bytes: number): Readonly<Record<string, string>> {
  const long = longUpTo(bytes);
  return {
    "one letter that kerns": long(() => "A"),
    "two letters that kern": long(() => "AV"),
    "paragraphs that kern": long(() => `${"A".repeat(3_900)}\n\n`),
    "short words that kern": long(() => "AV "),
    "long words that kern": long(() => `${"VA".repeat(40)} `),
    "a picture in letters": `x(data:image/png;base64,${long((index) => "iVBORw0KGgoAAAANSUhEUgAAAAEAAAA/+AVAT"[index % 37] ?? "")}`,
  };
}

function emphases(long: Long): Record<string, string> {
  return {
    "60 KB of open emphasis": "*a".repeat(30_000),
    "as much open emphasis as is read at once": "*a".repeat(4_950),
    "many of those": long(() => `${"*a".repeat(4_900)}\n\n`),
    "closing emphasis": long(() => "a**"),
    "deep emphasis": `${"*_".repeat(2_000)}a${"_*".repeat(2_000)}`,
  };
}

function nests(long: Long, below: (max: number) => number): Record<string, string> {
  return {
    quotes: long(() => ">"),
    "deep quotes in lines": long(() => `${"> ".repeat(150)}a\n\n`),
    "deep lists": long((index) => `${" ".repeat(2 * (index % 100))}- a\n`),
    "a list": long(() => "- item with words\n"),
    "a numbered list": long(() => "1. item\n"),
    "all in one another": long(() => `${["> ", "- ", "1. ", "* "][below(4)] ?? ""}**a *b* [c](d) \`e\`**\n`),
  };
}

function letters(
  long: Long,
  anyOf: (from: number, to: number) => string,
  below: (max: number) => number,
): Record<string, string> {
  return {
    "one line without blanks": long(() => "abcdefghij"),
    "one line of words": long(() => "some words here "),
    "20,000 marks": `a${Array.from({ length: 20_000 }, () => anyOf(0x300, 0x370)).join("")}`,
    "one mark, often": long((index) => (index === 0 ? "a" : "\u0301")),
    "Korean without blanks": long(() => anyOf(0xac00, 0xd7a4)),
    "Korean words": long(() => (below(4) === 0 ? " " : anyOf(0xac00, 0xae00))),
    "letters of all scripts": long(() => anyOf(0x100, 0xd800)),
    "rare letters": long(() => anyOf(0x10000, 0x30000)),
    "a chain of joined people": long(() => "👩\u200D"),
    families: long(() => "👨‍👩‍👧‍👦"),
    "Arabic words": long(() => "مرحبا بالعالم "),
    "Arabic without blanks": long(() => "مرحبابالعالم"),
    "directions within directions": long(() => "\u202Ea\u202B\u05D0\u202C\u2067x\u2069"),
    "control characters": long(() => "\u0001", 100_000),
  };
}

function deep(depth: number): string {
  return `$$${"\\frac{1}{".repeat(depth)}x${"}".repeat(depth)}$$\n\n`;
}

function formulas(long: Long): Record<string, string> {
  return {
    "formulas in a line": long((index) => `$$x_{${index}}^2$$ `),
    "formulas in brackets": long(() => "\\(x\\) "),
    "formulas of their own": long((index) => `$$\n\\frac{${index}}{b}\n$$\n\n`),
    "deep formulas": long((index) => deep(index % 60), 100_000),
    "a formula that writes itself": `$$\\def\\a{${"x".repeat(1_000)}}${"\\a".repeat(900)}$$`,
    "formulas that call themselves": long(() => "$$\\def\\a{\\a\\a}\\a$$\n\n", 100_000),
  };
}

function codes(long: Long): Record<string, string> {
  const lines: Record<string, string> = {
    ts: "const a: Map<string, number> = new Map([['x', 1]]); // note\n",
    cpp: "template <typename T> struct A { T x = a<b>(c); };\n",
    markdown: "# a *b* [c](d) `e`\n",
    json: '{"a": [1, "b", null]}\n',
    "": "no language\n",
  };
  return {
    ...Object.fromEntries(
      Object.entries(lines).map(([language, line]) => [
        `code in ${language || "no language"}`,
        `\`\`\`${language}\n${long(() => line)}\`\`\``,
      ]),
    ),
    "a line of code": `\`\`\`js\n${long(() => "a(b[1],'c');")}\n\`\`\``,
    "open strings in code": `\`\`\`python\n${long(() => "\"'`\\")}\n\`\`\``,
    "many blocks of code": long(() => "```ts\nconst a = 1;\n```\n\n"),
    "fences and nothing else": long(() => "```\n", 300_000),
  };
}
