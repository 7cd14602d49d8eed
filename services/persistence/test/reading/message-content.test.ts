import { describe, expect, test } from "vitest";
import { withoutReasoning } from "../../src/store/message-content.ts";
import { TestLog } from "../support/events.ts";
import type { MessageEvent } from "../../src/store/facts.ts";

const log = new TestLog();
const question = log.message("q", "secret").event as MessageEvent;
const plain = log.complete("q", "q", "secret").event as MessageEvent;
const answer = { ...plain, reasoning: "secret" } as MessageEvent;

describe("what the model and a search are told", () => {
  test("is an answer without what was thought aloud, and everything else as it is", () => {
    expect(withoutReasoning(answer)).toEqual(plain);
    expect(withoutReasoning(plain)).toBe(plain);
    expect(withoutReasoning(question)).toBe(question);
  });
});
