import { expect, test } from "vitest";
import { expectedAnswer } from "../src/checker/expected-answer.ts";

test("the demo model's answer is known where its command says it", () => {
  expect(expectedAnswer("/rate 0 /count 3")).toEqual({ fails: false, text: "1 2 3" });
  expect(expectedAnswer("/reasoning 5 /echo a\n b ")).toEqual({ fails: false, text: "a\n b " });
  expect(expectedAnswer("/empty")).toEqual({ fails: false, text: "" });
  expect(expectedAnswer("/length 2 /count 9")).toEqual({ fails: false });
  expect(expectedAnswer("how are you")).toEqual({ fails: false });
});

test.each(["/odd", "/odd /reasoning 3", "/think 5", "/thinkend 5", "/strict", "/open"])(
  "%s changes how an answer comes, and leaves its text as it is",
  (modifiers) => {
    expect(expectedAnswer(`${modifiers} /rate 0 /count 3`)).toEqual({ fails: false, text: "1 2 3" });
    expect(expectedAnswer(`${modifiers} /echo 42 and 7`)).toEqual({ fails: false, text: "42 and 7" });
    expect(expectedAnswer(`${modifiers} /cut 2 /count 3`).fails).toBe(true);
  },
);

test("a model that breaks never says that it is done, unless it is done before", () => {
  expect(expectedAnswer("/cut 2 /rate 0 /count 3").fails).toBe(true);
  expect(expectedAnswer("/error 3 /rate 0 /count 3").fails).toBe(true);
  expect(expectedAnswer("/error 4 /rate 0 /count 3").fails).toBe(false);
  expect(expectedAnswer("/split /cut 4 /korean").fails).toBe(true);
});

test("a refusal that is for ever fails, one for a time does not", () => {
  expect(expectedAnswer("/fail 500 /rate 0 /count 3").fails).toBe(true);
  expect(expectedAnswer("/fail 500 1 /rate 0 /count 3").fails).toBe(false);
});
