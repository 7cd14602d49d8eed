import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aiUser, foldDetails, foldReadMarks, limits, type LogEvent, type User } from "../../src/index.ts";
import { ann, bob, complete, message, sessionDeleted, sessionUpdated, start } from "../support/events.ts";

const deletion = (user: User): LogEvent => ({ ...sessionDeleted("x2"), user });
const dave: User = { id: "dave", name: "Dave" };
const read = (user: User, messageId: string): LogEvent => ({
  type: "read_receipt",
  id: `${user.id}-${messageId}`,
  user,
  sentAt: "2026-01-01T00:00:00.000Z",
  messageId,
});

describe("what a session is", () => {
  test("is what the last word said about each field", () => {
    const events = [
      sessionUpdated("u1", { title: "First", model: "small" }),
      sessionUpdated("u2", { title: "Second", systemPrompt: "Be brief." }),
    ];
    expect(foldDetails({}, events)).toEqual({
      title: "Second",
      model: "small",
      systemPrompt: "Be brief.",
    });
  });

  test("can be set to nothing, which is not the same as not being said", () => {
    expect(
      foldDetails({ title: "Old", model: "small" }, [sessionUpdated("u1", { title: "" })]),
    ).toMatchObject({
      title: "",
      model: "small",
    });
  });

  test("belongs to who sent its first message, not to who did something else before", () => {
    const grabs: LogEvent[] = [
      sessionUpdated("u1", { title: "Mine" }, dave),
      read(dave, "m1"),
      { ...read(dave, "m1"), type: "reaction", emoji: "🎉", on: true } as LogEvent,
      ...(["message_deleted", "regenerate_requested", "stop_requested"] as const).map(
        (type) => ({ ...read(dave, "m1"), type }) as LogEvent,
      ),
      { ...read(dave, "m1"), type: "message_edited", message: "x" } as LogEvent,
    ];
    expect(foldDetails({}, grabs)).toEqual({ title: "Mine" });
    const log = [...grabs, message("m1", "hi", ann), message("m2", "hi", dave)];
    expect(foldDetails({}, log)).toEqual({ title: "Mine", firstAuthor: "ann" });
    expect(foldDetails({}, [...log, deletion(dave)])).not.toHaveProperty("deleted");
    expect(foldDetails({}, [...log, deletion(ann)])).toEqual({ firstAuthor: "ann", deleted: true });
  });

  test("knows its first author, who is never the model", () => {
    const answer = { promptId: "m1", messageId: "m1", attempt: 1 };
    const events = [
      start(answer, "claim"),
      complete(answer),
      sessionUpdated("t1", { title: "Greetings" }, aiUser),
      message("m2", "hi", bob),
      message("m3", "hi", ann),
    ];
    expect(foldDetails({}, events)).toEqual({ firstAuthor: "bob", title: "Greetings" });
    expect(foldDetails({ firstAuthor: "cid" }, events)).toMatchObject({ firstAuthor: "cid" });
  });

  test("loses its title, prompt and model with its deletion, and takes new ones", () => {
    const before = sessionUpdated("u1", { title: "Secret", systemPrompt: "Be brief", model: "m" });
    const deleted = foldDetails({ firstAuthor: "ann" }, [before, sessionDeleted("x1")]);
    expect(deleted).toEqual({ firstAuthor: "ann", deleted: true });
    expect(foldDetails(deleted, [sessionUpdated("u2", { title: "New" })])).toMatchObject({ title: "New" });
  });

  test("is there again once a person speaks in it, and still belongs to the same one", () => {
    const deleted = { firstAuthor: "ann", deleted: true };
    expect(foldDetails(deleted, [message("m2", "hi", bob)])).toEqual({ firstAuthor: "ann" });
    expect(foldDetails(deleted, [message("m2", "hi", bob), sessionDeleted("x2")])).toEqual(deleted);
  });

  test("stays deleted, whatever is done but said", () => {
    const later = [sessionDeleted("x1"), sessionUpdated("u2", { title: "Late" })];
    expect(foldDetails({}, [message("m1"), ...later])).toMatchObject({ deleted: true });
    // Also in a part of a log that does not say whose it is.
    expect(foldDetails({}, later)).toMatchObject({ deleted: true });
  });

  test("is the same whether the events are folded at once or in two parts", () => {
    const texts = fc.option(fc.string(), { nil: undefined });
    const change = fc
      .record({ title: texts, systemPrompt: texts, model: texts })
      .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
    const events: fc.Arbitrary<LogEvent[]> = fc.array(
      fc.oneof(
        fc
          .tuple(change, fc.constantFrom(ann, bob))
          .map(([fields, user]) => sessionUpdated("u", fields, user)),
        fc.constant(message("m1", "hi", bob)),
        fc.constant(sessionDeleted("x")),
      ),
    );
    fc.assert(
      fc.property(events, fc.nat(), (log, cut) => {
        const split = cut % (log.length + 1);
        const stored = Object.freeze(foldDetails({}, log.slice(0, split)));
        expect(foldDetails(stored, log.slice(split))).toEqual(foldDetails({}, log));
      }),
    );
  });
});

describe("how far everybody has read", () => {
  test("is each user's last mark, latest first, under the name that this user had then", () => {
    const events = [read(ann, "m1"), read(bob, "m1"), message("m2"), read({ ...ann, name: "Anna" }, "m2")];
    const marks = [
      { user: { ...ann, name: "Anna" }, messageId: "m2" },
      { user: bob, messageId: "m1" },
    ];
    expect(foldReadMarks([], events)).toEqual(marks);
    expect(foldReadMarks(foldReadMarks([], events.slice(0, 2)), events.slice(2))).toEqual(marks);
    // A part of it may be in what was stored already.
    expect(foldReadMarks(marks, events)).toEqual(marks);
  });

  test("is forgotten with the session, and bounded", () => {
    expect(foldReadMarks([{ user: bob, messageId: "m1" }], [sessionDeleted("x"), read(ann, "m2")])).toEqual([
      { user: ann, messageId: "m2" },
    ]);
    const many = Array.from({ length: limits.readMarks + 1 }, (_, n) => read({ id: `u${n}`, name: "" }, "m"));
    const marks = foldReadMarks([], many);
    expect(marks).toHaveLength(limits.readMarks);
    expect(marks.at(-1)?.user.id).toBe("u1");
  });
});
