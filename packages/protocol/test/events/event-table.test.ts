import { describe, expect, test } from "vitest";
import {
  applyToTimeline,
  beginsSession,
  bodyOf,
  createTimeline,
  defined,
  durableFrames,
  eventPlaces,
  eventTable,
  eventTypeIn,
  encodeFrame,
  foldDetails,
  foldReadMarks,
  mayDeleteSession,
  messagesOf,
  placeIn,
  placeOf,
  targetOf,
  traitsIn,
  withdrawnBy,
  withoutContent,
  type DurableType,
  type LogEvent,
  type LogEventOf,
  type PageMessage,
} from "../../src/index.ts";
import {
  ann,
  at,
  bob,
  complete,
  deletion,
  edit,
  message,
  reaction,
  regenerate,
  sessionDeleted,
  sessionUpdated,
  start,
  stop,
} from "../support/events.ts";

const secret = "secret";
const answer = { promptId: "m1", messageId: "m1", attempt: 1 };
const attachments = [{ id: "f", name: `${secret}.png`, mimeType: "image/png", sizeBytes: 3 }];

/** One event of each type. What people wrote in it, or the model, is `secret`. */
const samples: { readonly [T in DurableType]: LogEventOf<T> } = {
  message: { ...message("m1", secret), attachments },
  message_edited: edit("e2", { messageId: "m1", message: secret, reply: true }),
  message_deleted: deletion("d3", "m1"),
  reaction: reaction("r4", { messageId: "m1", emoji: "🎉", on: true }),
  read_receipt: { ...deletion("r5", "m1"), type: "read_receipt" },
  regenerate_requested: regenerate("p6", "m1.m1"),
  stop_requested: stop("s7", "m1.m1"),
  session_updated: sessionUpdated("u8", { title: secret, systemPrompt: secret, model: secret }),
  session_deleted: sessionDeleted("x9"),
  ai_start: start(answer, "token"),
  ai_complete: {
    ...complete(answer, secret),
    reasoning: secret,
    error: { code: "provider", message: secret },
  },
};
/** After the type. */
const bodies: { readonly [T in DurableType]: readonly unknown[] } = {
  message: [secret, ["f"], null],
  message_edited: ["m1", secret, true],
  message_deleted: ["m1"],
  reaction: ["m1", "🎉", true],
  read_receipt: ["m1"],
  regenerate_requested: ["m1.m1"],
  stop_requested: ["m1.m1"],
  session_updated: [secret, secret, secret],
  session_deleted: [],
  ai_start: ["m1", 1],
  ai_complete: ["m1", 1],
};
const types = Object.keys(samples) as DurableType[];
const each = types.map((type) => ({
  type,
  event: samples[type],
  traits: eventTable[type],
  place: eventPlaces[type],
}));

function pageAfter(events: readonly LogEvent[]): PageMessage[] {
  const timeline = createTimeline();
  for (const [index, event] of events.entries()) applyToTimeline(timeline, event, at(index + 1));
  return messagesOf(timeline);
}

describe("the event table", () => {
  test("event table - every durable frame has a row, and no other", () => {
    expect(Object.keys(eventTable).sort()).toEqual(Object.keys(durableFrames).sort());
    expect(Object.keys(eventPlaces).sort()).toEqual(Object.keys(durableFrames).sort());
  });

  test.each(each)(
    "event table - $type is read from the first bytes of its event",
    ({ type, event, traits, place }) => {
      const bytes = encodeFrame(event);
      expect(eventTypeIn(bytes)).toBe(type);
      expect(traitsIn(bytes)).toBe(traits);
      expect(placeIn(bytes)).toBe(place);
    },
  );

  test.each(each)("event table - an event of a later natter changes nothing, beside $type", ({ event }) => {
    const later = { ...event, type: "not_yet_known" } as unknown as LogEvent;
    expect(placeOf(later).kind).toBe("nowhere");
    expect([targetOf(later), withdrawnBy(later), beginsSession(later)]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    expect(withoutContent(later)).toEqual(later);
  });

  test.each(each)(
    "event table - the body of $type is what its stored hash was made of",
    ({ type, event }) => {
      expect(bodyOf(event)).toEqual([type, ...bodies[type]]);
      expect(bodyOf({ ...event, id: "other", sentAt: "later", user: bob, seq: 9 })).toEqual(bodyOf(event));
    },
  );

  test.each(each)("event table - deletion leaves no content in $type, and who sent it when", ({ event }) => {
    const left = withoutContent(event);
    expect(JSON.stringify(left)).not.toContain(secret);
    const { id, type, user, sentAt } = event;
    expect(left).toMatchObject({ id, type, user, sentAt });
  });

  test("event table - a deleted message of a page has no edit time and no content", () => {
    const page = pageAfter([samples.message, samples.message_edited, samples.message_deleted]);
    const [left] = page as [PageMessage];
    expect(left).toMatchObject({ id: "m1", message: "", deletedAt: samples.message_deleted.sentAt });
    expect(Object.keys(left)).not.toContain("editedAt");
    expect(JSON.stringify(left)).not.toContain(secret);
  });
});

describe("the place of an event", () => {
  const known = [message("m1", "hi"), message("m2", "hi", bob)];

  test.each(each)("timeline - $type changes the page if its place says so", ({ event, place }) => {
    const fresh = event.type === "message" ? { ...event, id: "m3" } : event;
    const changes = JSON.stringify(pageAfter([...known, fresh])) !== JSON.stringify(pageAfter(known));
    expect(changes).toBe(["message", "register", "reaction", "session_end"].includes(place.kind));
  });

  test.each(each)("session details - $type changes them if its place says so", ({ event, place }) => {
    const before = foldDetails({}, [...known, sessionUpdated("u0", { title: "old" })]);
    const changes = JSON.stringify(foldDetails(before, [event])) !== JSON.stringify(before);
    expect(changes).toBe(["details", "session_end"].includes(place.kind));
  });

  test.each(each)("read marks - $type changes them if its place says so", ({ event, place }) => {
    const before = [{ user: ann, messageId: "m0" }];
    const changes = JSON.stringify(foldReadMarks(before, [event])) !== JSON.stringify(before);
    expect(changes).toBe(["read_mark", "session_end"].includes(place.kind));
  });
});

test("session - only its first author may delete it, and without one the caller decides", () => {
  expect(mayDeleteSession("ann", "ann", "refused")).toBe(true);
  expect(mayDeleteSession("bob", "ann", "allowed")).toBe(false);
  expect(mayDeleteSession("bob", undefined, "allowed")).toBe(true);
  expect(mayDeleteSession("bob", undefined, "refused")).toBe(false);
});

test("defined - leaves out what is undefined, and nothing else", () => {
  const fields = { a: undefined, b: 0, c: "", d: null, e: false as boolean | undefined };
  expect(Object.entries(defined(fields))).toEqual([
    ["b", 0],
    ["c", ""],
    ["d", null],
    ["e", false],
  ]);
});
