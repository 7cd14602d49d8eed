import { jsonBytes, limits } from "@natter/protocol";
import { largestEvents } from "@natter/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { titleOf, titleRequest } from "../../src/titles/title-request.ts";

describe("a title", () => {
  test.each([
    ["Lagoons of the Pacific", "Lagoons of the Pacific"],
    ['"Lagoons of the Pacific."', "Lagoons of the Pacific"],
    ["**Title: “Lagoons”**", "Lagoons"],
    ["# Lagoons", "Lagoons"],
    ["- Lagoons", "Lagoons"],
    ["제목: 「석호란 무엇인가」", "석호란 무엇인가"],
    ["\n\n```\nLagoons\n```", "Lagoons"],
    ["Lagoons\nand a second line", "Lagoons"],
    ["Lagoons\tand\u0000 islands", "Lagoons and islands"],
    ["\u202ELagoons\u202C", "Lagoons"],
    ["Learning C#", "Learning C#"],
    ["Why wait...", "Why wait..."],
    ["👨‍👩‍👧‍👦 at the lagoon", "👨‍👩‍👧‍👦 at the lagoon"],
  ])("is what the model means by %j", (said, title) => {
    expect(titleOf(said)).toBe(title);
  });

  test.each(["", "  \n ", '""', "***", "…"])("is not %j", (said) => {
    expect(titleOf(said)).toBeUndefined();
  });

  test("is one line of well-formed text that fits, whatever the model says", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary", maxLength: 500 }), fc.string({ maxLength: 500 })),
        (said) => {
          const title = titleOf(said);
          if (title === undefined) return;
          expect(title.length).toBeLessThanOrEqual(limits.titleLength);
          expect(title.isWellFormed()).toBe(true);
          expect(title).toBe(title.trim());
          expect(title).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        },
      ),
    );
  });

  test("is cut between words", () => {
    const title = titleOf("lagoon ".repeat(100)) ?? "";
    expect(title.length).toBeLessThanOrEqual(limits.titleLength);
    expect(title).toMatch(/^(?:lagoon )+lagoon…$/);
    expect(titleOf("👋".repeat(150))?.isWellFormed()).toBe(true);
  });
});

test("the request is small, however much was asked and answered", () => {
  const messages = [{ role: "user", content: largestEvents.message.message }] as const;
  const request = titleRequest({ messages, model: "m", isUntitled: true }, largestEvents.ai_complete.message);
  expect(jsonBytes(request)).toBeGreaterThan(20_000);
  expect(jsonBytes(request)).toBeLessThan(32 * 1024);
});

test("the request tells how the conversation begins, without the session's own system prompt", () => {
  const messages = [
    { role: "system", content: "Speak like a pirate." },
    { role: "user", content: "x".repeat(5_000) },
    { role: "assistant", content: "one" },
    { role: "user", content: "two" },
  ] as const;
  const request = titleRequest({ messages, model: "m", isUntitled: true }, "an answer");
  expect(request.map(({ role, content }) => [role, content.length > 1_999 ? "long" : content])).toEqual([
    ["system", expect.stringContaining("title") as string],
    ["user", "long"],
    ["assistant", "an answer"],
    ["user", expect.stringContaining("title") as string],
  ]);
  const silent = titleRequest({ messages, model: "m", isUntitled: true }, "");
  expect(silent.map(({ role }) => role)).toEqual(["system", "user", "user"]);
});
