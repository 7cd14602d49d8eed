import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  finishedLength,
  mostCharacters,
  partLength,
  saidLength,
  spoken,
} from "../src/conversation/screen-reader/sentences.ts";

describe("what is read out", () => {
  test("are whole sentences, in both languages, never the one that still grows", () => {
    const english = "It rains. It pours. The old";
    expect(english.slice(0, finishedLength(english, "en"))).toBe("It rains. It pours. ");
    const korean = "비가 옵니다. 바람도 불어요. 우산을";
    expect(korean.slice(0, finishedLength(korean, "ko"))).toBe("비가 옵니다. 바람도 불어요. ");
    expect(finishedLength("It costs 3.", "en")).toBe(0);
    expect(finishedLength("", "en")).toBe(0);
  });

  test("is each part once and nothing twice, however the text comes", () => {
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

  test("is a bounded part of a text without an end of a sentence, up to a blank, never half a character", () => {
    const words = "word ".repeat(mostCharacters);
    expect(finishedLength(words.slice(0, mostCharacters), "en")).toBe(0);
    expect(finishedLength(words, "en")).toBe(mostCharacters);
    expect(finishedLength(`a${words}`, "en")).toBe(mostCharacters - 4);
    expect(finishedLength(`a${"\u{1F600}".repeat(mostCharacters)}`, "en")).toBe(mostCharacters - 1);
    expect(partLength(`a${"\u{1F468}\u200D\u{1F467}".repeat(mostCharacters)}`)).toBe(mostCharacters - 4);
    expect(partLength("x".repeat(mostCharacters))).toBe(mostCharacters);
    expect(partLength("x".repeat(mostCharacters + 1))).toBe(mostCharacters);
  });

  test("is the answer from its beginning, after a text that turned out to be a thought", () => {
    const said = "They ask for a number. ";
    expect(saidLength("", said, { isWhole: false })).toBe(0);
    expect(saidLength("It is 42. And", said, { isWhole: false })).toBe(0);
    expect(saidLength("It is 42.", said, { isWhole: true })).toBe(0);
    expect(saidLength("They", said, { isWhole: true })).toBe(0);
  });

  test("is not said again when another worker comes to the same text", () => {
    const said = "It rains. It pours. ";
    for (const text of ["", "It rains. It", said])
      expect(saidLength(text, said, { isWhole: false })).toBe(text.length);
    expect(saidLength(`${said}The old`, said, { isWhole: false })).toBe(said.length);
  });

  test("is free of markup and code", () => {
    expect(spoken("**Hello** `you`, see [the docs](https://example.com/x) and\n\n- one\n- two")).toBe(
      "Hello you, see the docs and one two",
    );
    expect(spoken("Before ```ts\nconst x = 1;\n``` after")).toBe("Before after");
    expect(spoken("```ts\nconst x")).toBe("");
  });

  test("is found in the time that its length takes, whatever is open in it", () => {
    for (const part of ["[", "[a](", "- ", "\n", "\t", "```"]) {
      const start = performance.now();
      spoken(part.repeat(100_000));
      expect(performance.now() - start).toBeLessThan(2_000);
    }
  });
});
