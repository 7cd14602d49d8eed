import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addPage,
  aiUser,
  applyToTimeline,
  createTimeline,
  messagesOf,
  type LogEvent,
  type PageMessage,
  type Position,
} from "../../src/index.ts";
import {
  at,
  bob,
  complete,
  deletion,
  edit,
  epoch,
  logs,
  message,
  reaction,
  sessionDeleted,
  shuffled,
  start,
  type Placed,
} from "../support/events.ts";

const mixedLogs = (from: fc.Arbitrary<Placed[]>): fc.Arbitrary<[Placed[], Placed[]]> =>
  from.chain((log) => fc.tuple(fc.constant(log), shuffled(log)));
/** A log whose messages and answers are in it once, as natter writes it. */
const plainLogs = logs.map(once);

describe("the fold of messages", () => {
  test("gives the same result for any order and any repetition of the events", () => {
    fc.assert(
      fc.property(mixedLogs(logs), ([log, mixed]) => {
        expect(foldPlaced(mixed)).toEqual(foldPlaced(log));
      }),
      { numRuns: 500 },
    );
  });

  test("gives the same result from a page and the events after it, in any order, also with those before", () => {
    fc.assert(
      fc.property(mixedLogs(plainLogs), fc.nat(), fc.boolean(), ([log, mixed], cut, pageFirst) => {
        const split = cut % (log.length + 1);
        const page = foldPlaced(log.slice(0, split));
        const upTo = endOf(log, split);
        for (const tail of [mixed.filter(({ position }) => position.seq > upTo.seq), mixed]) {
          const timeline = createTimeline();
          if (pageFirst) addPage(timeline, page, upTo);
          for (const { event, position } of tail) applyToTimeline(timeline, event, position);
          if (!pageFirst) addPage(timeline, page, upTo);
          expect(messagesOf(timeline)).toEqual(foldPlaced(log));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("gives the same result whichever of two pages comes first", () => {
    fc.assert(
      fc.property(plainLogs, fc.nat(), fc.nat(), (log, one, other) => {
        const [early, late] = [one % (log.length + 1), other % (log.length + 1)].toSorted((a, b) => a - b);
        const pages = [early, late].map((length = 0) => ({
          upTo: endOf(log, length),
          page: foldPlaced(log.slice(0, length)),
        }));
        const tail = log.slice(late);
        for (const order of [pages, pages.toReversed()]) {
          const timeline = createTimeline();
          for (const { page, upTo } of order) addPage(timeline, page, upTo);
          for (const { event, position } of tail) applyToTimeline(timeline, event, position);
          // What only the earlier page has was taken away by a later end of the session, which neither tells.
          const ids = new Set(foldPlaced(log).map(({ id }) => id));
          expect(messagesOf(timeline).filter(({ id }) => ids.has(id))).toEqual(foldPlaced(log));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("does not change what it was given", () => {
    const page = freeze(fold(message("m1"), edit("e2", { messageId: "m1", message: "new" })));
    const timeline = createTimeline();
    addPage(timeline, page, at(2));
    applyToTimeline(timeline, freeze(deletion("d3", "m1")), at(3));
    expect(messagesOf(timeline)).toMatchObject([{ message: "", deletedAt: expect.any(String) as string }]);
    expect(page).toMatchObject([{ message: "new" }]);
  });
});

describe("an edit", () => {
  test("by the author changes the text and says when", () => {
    const changed = edit("e2", { messageId: "m1", message: "new" });
    expect(fold(message("m1"), changed)).toMatchObject([{ message: "new", editedAt: changed.sentAt }]);
  });

  test("by anybody else changes nothing, also if it comes before the message", () => {
    const foreign = edit("e2", { messageId: "m1", message: "new" }, bob);
    expect(fold(message("m1"), foreign)).toEqual(fold(message("m1")));
    expect(
      foldPlaced([
        { event: foreign, position: at(2) },
        { event: message("m1"), position: at(1) },
      ]),
    ).toEqual(fold(message("m1")));
  });

  test("of a later position wins, whichever comes first", () => {
    const edits = [
      { event: message("m1"), position: at(1) },
      { event: edit("e3", { messageId: "m1", message: "third" }), position: at(3) },
      { event: edit("e2", { messageId: "m1", message: "second" }), position: at(2) },
    ];
    expect(foldPlaced(edits)).toMatchObject([{ message: "third" }]);
  });

  test("never changes what the model said", () => {
    const answer = complete({ promptId: "m1", messageId: "m1", attempt: 1 }, "answer");
    const own = edit("e3", { messageId: answer.id, message: "new" }, { id: "ai", name: "AI" });
    expect(fold(message("m1"), answer, own)).toEqual(fold(message("m1"), answer));
  });

  test("of a later epoch wins over one with a higher number", () => {
    const timeline = createTimeline();
    applyToTimeline(timeline, message("m1"), at(8, "1-0"));
    applyToTimeline(timeline, edit("e2", { messageId: "m1", message: "new" }), at(1, "2-0"));
    applyToTimeline(timeline, edit("e1", { messageId: "m1", message: "old" }), at(9, "1-0"));
    expect(messagesOf(timeline)).toMatchObject([{ message: "new" }]);
  });
});

describe("a deletion", () => {
  test("by the author leaves a message without content", () => {
    const attached = {
      ...message("m1"),
      attachments: [{ id: "a", name: "a.png", mimeType: "image/png", sizeBytes: 1 }],
    };
    const gone = deletion("d3", "m1");
    const [left] = fold(attached, edit("e2", { messageId: "m1", message: "new" }), gone);
    expect(left).toMatchObject({ id: "m1", message: "", deletedAt: gone.sentAt });
    expect(left).not.toHaveProperty("editedAt");
    expect(left).not.toHaveProperty("attachments");
  });

  test("by anybody else changes nothing", () => {
    expect(fold(message("m1"), deletion("d2", "m1", bob))).toEqual(fold(message("m1")));
  });

  test("is not undone by a later edit", () => {
    expect(
      fold(message("m1"), deletion("d2", "m1"), edit("e3", { messageId: "m1", message: "new" })),
    ).toMatchObject([{ message: "" }]);
  });
});

describe("what the model thought aloud", () => {
  const answer = complete({ promptId: "m1", messageId: "m1", attempt: 1 });
  const thoughtful = { ...answer, reasoning: "hm" };

  test("stays with its answer, also from a page", () => {
    const timeline = createTimeline();
    const page = fold(message("m1"), thoughtful);
    addPage(timeline, page, at(2));
    expect(page[1]).toMatchObject({ message: "answer", reasoning: "hm" });
    expect(messagesOf(timeline)).toEqual(page);
  });

  test("goes with the answer's text when that is deleted, and not before", () => {
    const gone = deletion("x3", answer.id, aiUser);
    const [, left] = fold(message("m1"), thoughtful, gone);
    expect(left).toMatchObject({ message: "", deletedAt: gone.sentAt });
    expect(left).not.toHaveProperty("reasoning");
    const [, kept] = fold(message("m1"), thoughtful, deletion("x3", answer.id, bob));
    expect(kept).toMatchObject({ reasoning: "hm" });
  });
});

describe("reactions", () => {
  const on = { messageId: "m1", emoji: "+1", on: true };
  const off = { ...on, on: false };

  test("are by user, and the last word of each counts", () => {
    expect(
      fold(
        message("m1"),
        reaction("r2", on),
        reaction("r3", on, bob),
        reaction("r4", off),
        reaction("r5", on),
      ),
    ).toMatchObject([{ reactions: [{ emoji: "+1", users: ["ann", "bob"] }] }]);
    expect(fold(message("m1"), reaction("r2", on), reaction("r3", off))[0]).not.toHaveProperty("reactions");
  });

  test("of a page can be taken back by a later event", () => {
    const timeline = createTimeline();
    addPage(timeline, fold(message("m1"), reaction("r2", on), reaction("r3", on, bob)), at(3));
    applyToTimeline(timeline, reaction("r4", off), at(4));
    expect(messagesOf(timeline)).toMatchObject([{ reactions: [{ emoji: "+1", users: ["bob"] }] }]);
  });
});

describe("a message or an answer that is in the log twice", () => {
  test("stands where it was first, with what it said first", () => {
    const answer = { promptId: "m1", messageId: "m1", attempt: 1 };
    const log = [
      message("m1"),
      complete(answer, "first"),
      message("m2"),
      complete(answer, "second"),
      message("m1"),
    ];
    expect(fold(...log).map(({ message: text }) => text)).toEqual(["m1", "first", "m2"]);
  });

  test("stands where the page has it, also when the later one was seen before the page", () => {
    const timeline = createTimeline();
    applyToTimeline(timeline, message("m2"), at(2));
    applyToTimeline(timeline, message("m1"), at(3));
    addPage(timeline, fold(message("m1")), at(1));
    expect(messagesOf(timeline).map(({ id }) => id)).toEqual(["m1", "m2"]);
  });
});

describe("the end of a session", () => {
  test("takes away what was said before it and nothing later", () => {
    expect(
      fold(message("m1"), message("m2"), sessionDeleted("x3"), message("m3")).map(({ id }) => id),
    ).toEqual(["m3"]);
  });

  test("takes away a page, too, and the later of two ends counts", () => {
    const timeline = createTimeline();
    applyToTimeline(timeline, sessionDeleted("x3"), at(3));
    applyToTimeline(timeline, sessionDeleted("x2"), at(2));
    addPage(timeline, fold(message("m1"), message("m2"), message("m3")), at(3));
    expect(messagesOf(timeline)).toEqual([]);
  });
});

describe("a folded message", () => {
  test("has its place and its epoch if that is not the page's own, and no prev", () => {
    const timeline = createTimeline();
    const old: PageMessage = { ...message("m1"), seq: 9, prev: 8, epoch: "1-0" };
    addPage(timeline, [old, { ...message("m2"), seq: 1 }], at(1, "2-0"));
    const messages = messagesOf(timeline);
    expect(messages.map(({ id, seq, epoch: of }) => [id, seq, of])).toEqual([
      ["m1", 9, "1-0"],
      ["m2", 1, undefined],
    ]);
    for (const folded of messages) expect(folded).not.toHaveProperty("prev");
  });

  test("is not made of events that are no messages", () => {
    expect(fold(start({ promptId: "m1", messageId: "m1", attempt: 1 }, "claim"))).toEqual([]);
  });
});

/** Where the first `length` events end. A log that has each event once has holes. */
function endOf(log: readonly Placed[], length: number): Position {
  return log[length - 1]?.position ?? at(0);
}

function once(log: readonly Placed[]): Placed[] {
  const known = new Set<string>();
  return log.filter(({ event }) => {
    const key = `${event.type} ${event.id}`;
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

function foldPlaced(log: readonly Placed[]): PageMessage[] {
  const timeline = createTimeline();
  for (const { event, position } of log) applyToTimeline(timeline, event, position);
  return messagesOf(timeline);
}

function fold(...events: LogEvent[]): PageMessage[] {
  return foldPlaced(
    events.map((event, index) => ({ event, position: { epoch, seq: index + 1 } satisfies Position })),
  );
}

/** Throws at whoever writes to it. */
function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const field of Object.values(value)) freeze(field);
    Object.freeze(value);
  }
  return value;
}
