import { describe, expect, test } from "vitest";
import { askerOf } from "../src/answering/questions.ts";

const [userId, sessionId, messageId] = ["x", "x", "m"];

describe("the asker of a question", () => {
  test("is the user, whatever is asked about", () => {
    const ofUser = [
      { userId, limit: 1, archived: false },
      { userId, query: "words", limit: 1 },
      { userId, sessionId, pinned: true },
      { reader: userId, sessionId, limit: 1 },
      { reader: userId, sessionId, messageId },
    ].map(askerOf);
    expect(new Set(ofUser)).toEqual(new Set(["user x"]));
  });

  test("is the session where nobody is named, and never the user of that name", () => {
    const ofSession = [
      { sessionId },
      { sessionId, limit: 1 },
      { sessionId, messageId },
      { sessionId, messageId, textBytes: 1 },
    ].map(askerOf);
    expect(new Set(ofSession)).toEqual(new Set(["session x"]));
  });

  test("is another one for each receipt, and one for all that name nothing", () => {
    expect([{ eventId: "x" }, { eventId: "y" }, {}].map(askerOf)).toEqual(["event x", "event y", ""]);
  });
});
