import { expect, test } from "vitest";
import { en } from "../src/locale/en.ts";
import { ko } from "../src/locale/ko.ts";
import { translateFrom } from "../src/locale/translate.ts";

const english = translateFrom("en", en);
const korean = translateFrom("ko", ko);

test("translate - a number chooses the plural form of the language", () => {
  expect(english("people.hereCount", { count: 1 })).toBe("1 person is here");
  expect(english("people.hereCount", { count: 0 })).toBe("0 people are here");
  expect(korean("people.hereCount", { count: 1 })).toBe(
    korean("people.hereCount", { count: 2 }).replace("2", "1"),
  );
});

test("translate - a number is written in the notation of the language, where the text says so", () => {
  expect(english("answer.tokens", { count: 12_345 })).toBe("12,345 tokens");
  expect(english("people.more", { count: 12_345 })).toBe("and 12345 more");
});

test("translate - a text with a number but without forms is the same for each number", () => {
  const text = english("message.reaction", { emoji: "👍", count: 1 });
  expect(text).toBe("👍, 1. Press to change yours");
});

test("translate - a value is inserted as it is, whatever it contains", () => {
  for (const name of ["$&", "{{other}}", "$t(app.save)", "<b>"])
    expect(english("people.typingOne", { name })).toBe(`${name} is typing`);
});
