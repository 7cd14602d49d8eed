import { describe, expect, test } from "vitest";
import { withoutContent, withoutReasoning } from "../src/message-content.ts";
import { TestLog } from "./events.ts";
import type { MessageEvent } from "../src/facts.ts";

const log = new TestLog();
const question = log.message("q", "secret").event as MessageEvent;
const plain = log.complete("q", "q", "secret").event as MessageEvent;
const answer = { ...plain, reasoning: "secret" } as MessageEvent;
const attachments = [{ id: "f", name: "secret.png", mimeType: "image/png", sizeBytes: 3 }];

describe("what a store keeps of a message", () => {
  // The fold leaves out the same when it is asked. What is deleted must not lie in the file either.
  test.each([
    ["a question", { ...question, attachments } as MessageEvent],
    ["an answer", answer],
  ])("that is deleted: of %s its place, and no word", (_name, frame) => {
    const left = withoutContent(frame);
    expect(left).toMatchObject({ type: frame.type, id: frame.id, user: frame.user, message: "" });
    expect(JSON.stringify(left)).not.toContain("secret");
  });
});

describe("what the model and a search are told", () => {
  test("is an answer without what was thought aloud, and everything else as it is", () => {
    expect(withoutReasoning(answer)).toEqual(plain);
    expect(withoutReasoning(plain)).toBe(plain);
    expect(withoutReasoning(question)).toBe(question);
  });
});
