import { expect, test } from "vitest";
import { bounds } from "../../src/markdown/budget/bounds.ts";
import { Highlighter, type Reading } from "../../src/markdown/parser/highlighter.ts";

async function coloured(language: string, code: string): Promise<Reading> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const highlighter = new Highlighter(resolve);
  if (highlighter.read(language, code, () => true).waitsFor === "language") await promise;
  return highlighter.read(language, code, () => true);
}

const joined = ({ code }: Reading): string => code.chunks.map(({ text }) => text).join("");
const hasColours = ({ spans }: { readonly spans: readonly number[] }): boolean => spans.length > 2;

test("highlighter - code is coloured once its language is loaded, and the next chunk continues the state of the grammar", async () => {
  const code = `/* a comment\n${"that goes on\n".repeat(60)}*/ const a = "b";\n`;
  const reading = await coloured("ts", code);
  expect(joined(reading)).toBe(code);
  const [first, second] = reading.code.chunks;
  // The comment fills the first chunk, and the second chunk ends it.
  expect(first?.styles).toHaveLength(1);
  expect(second?.styles[0]).toEqual(first?.styles[0]);
  expect(second?.styles.length).toBeGreaterThan(2);
  for (const { text, spans } of reading.code.chunks)
    expect(spans.filter((_, index) => index % 2 === 0).reduce((sum, length) => sum + length, 0)).toBe(
      text.length,
    );
});

test("highlighter - code stays plain in an unknown language, in none, and beyond the bound", async () => {
  for (const language of ["", "klingon", "__proto__"]) {
    const reading = await coloured(language, "a = 1\n");
    expect(joined(reading)).toBe("a = 1\n");
    expect(reading.waitsFor).toBeUndefined();
    expect(reading.code.chunks.some(hasColours)).toBe(false);
  }
  const long = "const a = 1;\n".repeat(bounds.colouredCharacters / 10);
  const { chunks } = (await coloured("ts", long)).code;
  expect(chunks.slice(0, 3).every(hasColours)).toBe(true);
  expect(chunks.slice(-3).some(hasColours)).toBe(false);
  const line = await coloured("js", "a('b');".repeat(bounds.colouredLineCharacters));
  expect(line.code.chunks.some(hasColours)).toBe(false);
});

test("highlighter - code is cut into chunks of bounded lines and characters", async () => {
  for (const code of [
    "a\n".repeat(1_000),
    "\n".repeat(500),
    "x".repeat(50_000),
    `${"y".repeat(3_990)}\n`.repeat(4),
  ]) {
    const reading = await coloured("", code);
    expect(joined(reading)).toBe(code);
    for (const { text } of reading.code.chunks) {
      expect(text.length).toBeLessThanOrEqual(bounds.codeChunkCharacters);
      expect(text.split("\n").length - 1).toBeLessThanOrEqual(bounds.codeChunkLines);
    }
  }
});

test("highlighter - code without time waits, and each reading colours more of it", async () => {
  const code = "const a = 1;\n".repeat(400);
  const { promise, resolve } = Promise.withResolvers<void>();
  const highlighter = new Highlighter(resolve);
  highlighter.read("ts", code, () => false);
  await promise;
  let left = 0;
  const read = (): Reading => {
    left = 2;
    return highlighter.read("ts", code, () => left-- > 0);
  };
  expect(read().code.chunks.filter(hasColours)).toHaveLength(2);
  const second = read();
  expect(second.waitsFor).toBe("time");
  expect(second.code.chunks.filter(hasColours)).toHaveLength(4);
});
