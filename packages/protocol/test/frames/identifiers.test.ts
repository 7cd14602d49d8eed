import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  completeEventId,
  isSessionId,
  messageOf,
  promptOf,
  replyIdOf,
  sessionOfLogSubject,
  startEventId,
  subjects,
} from "../../src/index.ts";

const words = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe("a session id", () => {
  test("is 1 to 64 letters, digits, underscores and hyphens", () => {
    fc.assert(
      fc.property(words, (text) => {
        expect(isSessionId(text)).toBe(true);
      }),
    );
    expect(isSessionId("a".repeat(64))).toBe(true);
    expect(isSessionId("a".repeat(65))).toBe(false);
  });

  test.each(["", ".", "a.b", "*", ">", "a b", "a\n", "\na", "é", "a/b", "../a", "a\u0000"])(
    "is not %j, which would be another subject",
    (text) => {
      expect(isSessionId(text)).toBe(false);
    },
  );

  test("is read back from the subject of its log", () => {
    fc.assert(
      fc.property(words, (text) => {
        expect(sessionOfLogSubject(subjects.log(text))).toBe(text);
      }),
    );
  });
});

describe("a reply's id", () => {
  test("names the message that it answers and the prompt that asked", () => {
    fc.assert(
      fc.property(words, words, (messageId, promptId) => {
        const id = replyIdOf(messageId, promptId);
        expect(messageOf(id)).toBe(messageId);
        expect(promptOf(id)).toBe(promptId);
      }),
    );
  });

  test("is not a message's: that one names itself and no prompt", () => {
    fc.assert(
      fc.property(words, (id) => {
        expect(messageOf(id)).toBe(id);
        expect(promptOf(id)).toBeUndefined();
      }),
    );
  });
});

test("the ids of starts differ by attempt, and from the id of the end", () => {
  const ids = [startEventId("p", 1), startEventId("p", 2), startEventId("p2", 1), completeEventId("p")];
  expect(new Set(ids).size).toBe(ids.length);
});
