import type { LogEvent } from "@natter/protocol";
import { describe, expect, it } from "vitest";
import { bodyHashOf, eventIdOf, isAuthor } from "../src/index.ts";

const intent = { userId: "u1", sessionId: "s1", clientId: "0199c5f0-0000-7000-8000-000000000001" };

describe("an event's id", () => {
  it("is the same for the same intent, and fits an id of the wire", () => {
    expect(eventIdOf({ ...intent })).toBe(eventIdOf(intent));
    expect(eventIdOf(intent)).toMatch(/^[A-Za-z0-9_-]{24}$/);
  });

  it.each([{ userId: "u2" }, { sessionId: "s2" }, { clientId: "0199c5f0-0000-7000-8000-000000000002" }])(
    "is another one for %j",
    (other) => {
      expect(eventIdOf({ ...intent, ...other })).not.toBe(eventIdOf(intent));
    },
  );

  it("does not run its parts together", () => {
    const left = eventIdOf({ userId: 'a","b', sessionId: "c", clientId: "d" });
    expect(left).not.toBe(eventIdOf({ userId: "a", sessionId: 'b","c', clientId: "d" }));
  });

  it("tells its author from others", () => {
    expect(isAuthor("u1", eventIdOf(intent))).toBe(true);
    expect(isAuthor("u2", eventIdOf(intent))).toBe(false);
  });

  it.each([
    "",
    "x",
    eventIdOf(intent).slice(0, 8),
    `${eventIdOf(intent)}x`,
    `${eventIdOf(intent)}.${eventIdOf(intent)}`,
  ])("that is none has no author: %j", (id) => {
    expect(isAuthor("u1", id)).toBe(false);
  });
});

const head = { id: "e1", user: { id: "u1", name: "Ann" }, sentAt: "2026-01-01T00:00:00.000Z" };
const message: LogEvent = { type: "message", ...head, message: "hi", is_user: true };
const attachment = { id: "a1", name: "a.png", mimeType: "image/png", sizeBytes: 1 };

describe("a body's hash", () => {
  it("is of what the user said: not of the name, the time or the place", () => {
    const again: LogEvent = {
      ...message,
      user: { id: "u1", name: "Anne" },
      sentAt: "2026-02-02T00:00:00.000Z",
      seq: 7,
    };
    expect(bodyHashOf(again)).toBe(bodyHashOf(message));
  });

  it.each<[string, LogEvent, LogEvent]>([
    ["another text", message, { ...message, message: "ho" }],
    ["an attachment", message, { ...message, attachments: [attachment] }],
    ["what it replies to", message, { ...message, replyTo: "m1" }],
    [
      "its type",
      { type: "stop_requested", ...head, messageId: "m1" },
      { type: "message_deleted", ...head, messageId: "m1" },
    ],
    [
      "its target",
      { type: "read_receipt", ...head, messageId: "m1" },
      { type: "read_receipt", ...head, messageId: "m2" },
    ],
    [
      "an edit's wish for an answer",
      { type: "message_edited", ...head, messageId: "m", message: "x" },
      { type: "message_edited", ...head, messageId: "m", message: "x", reply: true },
    ],
    [
      "a reaction taken back",
      { type: "reaction", ...head, messageId: "m", emoji: "x", on: true },
      { type: "reaction", ...head, messageId: "m", emoji: "x", on: false },
    ],
    [
      "an emptied title",
      { type: "session_updated", ...head },
      { type: "session_updated", ...head, title: "" },
    ],
    [
      "a title in place of a model",
      { type: "session_updated", ...head, model: "x" },
      { type: "session_updated", ...head, title: "x" },
    ],
    [
      "a regenerate and a deletion of the session",
      { type: "regenerate_requested", ...head, messageId: "m" },
      { type: "session_deleted", ...head },
    ],
  ])("changes with %s", (_what, one, other) => {
    expect(bodyHashOf(one)).not.toBe(bodyHashOf(other));
  });

  it("of a worker's events is of the attempt", () => {
    const start = {
      type: "ai_start",
      ...head,
      promptId: "p",
      messageId: "m",
      claim: "c",
      model: "x",
    } as const;
    expect(bodyHashOf({ ...start, attempt: 1 })).not.toBe(bodyHashOf({ ...start, attempt: 2 }));
  });
});
