import { expect, test } from "vitest";
import { askerOf } from "../../src/answering/asker.ts";

const [userId, sessionId, messageId] = ["x", "x", "m"];

test("asker - it is the user, whatever the question is about", () => {
  const ofUser = [
    { userId, limit: 1, archived: false },
    { userId, query: "words", limit: 1 },
    { userId, sessionId, pinned: true },
    { reader: userId, sessionId, limit: 1 },
    { reader: userId, sessionId, messageId },
  ].map(askerOf);
  expect(new Set(ofUser)).toEqual(new Set(["user x"]));
});

test("asker - it is the session where the question names no user, and never the user of that name", () => {
  const ofSession = [
    { sessionId },
    { sessionId, limit: 1 },
    { sessionId, messageId },
    { sessionId, messageId, textBytes: 1 },
  ].map(askerOf);
  expect(new Set(ofSession)).toEqual(new Set(["session x"]));
});

test("asker - each receipt has its own, and all questions that name nothing have one", () => {
  expect([{ eventId: "x" }, { eventId: "y" }, {}].map(askerOf)).toEqual(["event x", "event y", ""]);
});
