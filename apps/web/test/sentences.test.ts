import { array, assert, constantFrom, property } from "fast-check";
import { expect, test } from "vitest";
import {
  finishedLength,
  maxCharacters,
  partLength,
  announcedLength,
  speechOf,
} from "../src/conversation/screen-reader/sentences.ts";

test("sentences - only whole sentences are announced, in both languages", () => {
  const english = "It rains. It pours. The old";
  expect(english.slice(0, finishedLength(english, "en"))).toBe("It rains. It pours. ");
  const korean = "비가 옵니다. 바람도 불어요. 우산을";
  expect(korean.slice(0, finishedLength(korean, "ko"))).toBe("비가 옵니다. 바람도 불어요. ");
  expect(finishedLength("It costs 3.", "en")).toBe(0);
  expect(finishedLength("", "en")).toBe(0);
});

test("sentences - each part is announced once, however the text is cut", () => {
  const words = array(constantFrom("It", " rains", ". ", "비", "\n", "3.5", "! ", "요"), { maxLength: 40 });
  assert(
    property(words, (parts) => {
      let text = "";
      let said = 0;
      for (const part of parts) {
        text += part;
        const length = Math.max(said, finishedLength(text, "en"));
        expect(length).toBeLessThanOrEqual(text.length);
        said = length;
      }
    }),
  );
});

test("sentences - a text without a full stop is announced in bounded parts, up to a blank, never half a character", () => {
  const words = "word ".repeat(maxCharacters);
  expect(finishedLength(words.slice(0, maxCharacters), "en")).toBe(0);
  expect(finishedLength(words, "en")).toBe(maxCharacters);
  expect(finishedLength(`a${words}`, "en")).toBe(maxCharacters - 4);
  expect(finishedLength(`a${"\u{1F600}".repeat(maxCharacters)}`, "en")).toBe(maxCharacters - 1);
  expect(partLength(`a${"\u{1F468}\u200D\u{1F467}".repeat(maxCharacters)}`)).toBe(maxCharacters - 4);
  expect(partLength("x".repeat(maxCharacters))).toBe(maxCharacters);
  expect(partLength("x".repeat(maxCharacters + 1))).toBe(maxCharacters);
});

test("sentences - the answer is announced from its beginning after a text that turned out to be reasoning", () => {
  const said = "They ask for a number. ";
  expect(announcedLength("", said, { isWhole: false })).toBe(0);
  expect(announcedLength("It is 42. And", said, { isWhole: false })).toBe(0);
  expect(announcedLength("It is 42.", said, { isWhole: true })).toBe(0);
  expect(announcedLength("They", said, { isWhole: true })).toBe(0);
});

test("sentences - nothing is announced twice when another worker writes the same text", () => {
  const said = "It rains. It pours. ";
  for (const text of ["", "It rains. It", said])
    expect(announcedLength(text, said, { isWhole: false })).toBe(text.length);
  expect(announcedLength(`${said}The old`, said, { isWhole: false })).toBe(said.length);
});

test("sentences - announcements are free of markup and code", () => {
  expect(speechOf("**Hello** `you`, see [the docs](https://example.com/x) and\n\n- one\n- two")).toBe(
    "Hello you, see the docs and one two",
  );
  expect(speechOf("Before ```ts\nconst x = 1;\n``` after")).toBe("Before after");
  expect(speechOf("```ts\nconst x")).toBe("");
});

test("sentences - markup is removed in linear time, whatever is open in the text", () => {
  for (const part of ["[", "[a](", "- ", "\n", "\t", "```"]) {
    const start = performance.now();
    speechOf(part.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(2_000);
  }
});
