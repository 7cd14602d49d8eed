import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chunkHead,
  chunkNumber,
  decodeObject,
  encodeChunk,
  encodeFrame,
  encodeNudge,
  eventTypeIn,
  frameHeads,
  isSpliceable,
  mergeChunks,
  spliceSequence,
  startsWith,
  type ServerFrameOf,
} from "../../src/index.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const fields = fc.dictionary(
  // JavaScript moves fields that are numbers to the front; natter has none.
  fc.string().filter((name) => !/^\d|^(type|seq|prev|epoch|__proto__)$/.test(name)),
  fc.jsonValue(),
);

describe("a spliced frame", () => {
  test("has the event's fields and its place in the log, whatever the event says", () => {
    fc.assert(
      fc.property(fields, fc.nat(), fc.nat(), (own, seq, prev) => {
        const event = encodeFrame({ type: "message", ...own });
        expect(isSpliceable(event)).toBe(true);
        // Compared as text: JSON has one zero, `toEqual` has two.
        const spliced = JSON.stringify(decodeObject(spliceSequence(event, { seq, prev })));
        const expected: unknown = JSON.parse(decoder.decode(event));
        expect(spliced).toBe(JSON.stringify({ ...(expected as object), seq, prev }));
      }),
    );
  });

  test("names the epoch when it is an earlier one", () => {
    const event = encodeFrame({ type: "session_deleted" });
    expect(decodeObject(spliceSequence(event, { seq: 3, prev: 0, epoch: "17-1" }))).toEqual({
      type: "session_deleted",
      seq: 3,
      prev: 0,
      epoch: "17-1",
    });
  });

  test("leaves the event as it was", () => {
    const event = encodeFrame({ type: "message", message: "hi" });
    const before = [...event];
    spliceSequence(event, { seq: 1, prev: 0 });
    expect([...event]).toEqual(before);
  });

  test.each(["", "{}", "[]", "null", '{"seq":1}', '{"message":"a","type":"message"}', '{"type":"message"'])(
    "is not made of %j",
    (text) => {
      expect(isSpliceable(encoder.encode(text))).toBe(false);
    },
  );
});

describe("a frame's head", () => {
  test("frame head - tells frames apart, also where one type begins another", () => {
    const deleted = encodeFrame({ type: "message_deleted", messageId: "m" });
    expect(startsWith(deleted, frameHeads.messageDeleted)).toBe(true);
    expect(startsWith(deleted, frameHeads.sessionDeleted)).toBe(false);
    expect(startsWith(encodeFrame({ type: "ai_start", attempt: 1 }), frameHeads.aiStart)).toBe(true);
    expect(startsWith(encodeNudge(7), frameHeads.nudge)).toBe(true);
  });

  test("frame head - bytes that are shorter than the head do not begin with it", () => {
    expect(startsWith(encoder.encode('{"type"'), frameHeads.aiStart)).toBe(false);
    expect(startsWith(new Uint8Array(), frameHeads.aiStart)).toBe(false);
  });

  test.each([
    ['{"type":"message","id":1}', "message"],
    ['{"type":"message_edited"}', "message_edited"],
    ['{"type":""}', ""],
    ['{"id":1,"type":"message"}', ""],
    [`{"type":"${"x".repeat(33)}"}`, ""],
    ['{"type":"unfinished', ""],
    ["", ""],
  ])("frame type - of %s is %j", (text, type) => {
    expect(eventTypeIn(encoder.encode(text))).toBe(type);
  });
});

describe("a chunk", () => {
  const head = chunkHead("message1.prompt1", 2);
  const headText = decoder.decode(head);

  test("says its attempt and number where they can be read without parsing", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1_000_000 }),
        fc.string({ unit: "binary" }),
        fc.constantFrom(undefined, "reasoning" as const, "taking" as const),
        (n, text, part) => {
          const bytes = encodeChunk(headText, n, text, part);
          expect(startsWith(bytes, head)).toBe(true);
          expect(startsWith(bytes, frameHeads.aiChunk)).toBe(true);
          expect(chunkNumber(bytes, head.length)).toBe(n);
          expect(decodeObject(bytes)).toEqual({
            type: "ai_chunk",
            id: "message1.prompt1",
            attempt: 2,
            n,
            ...(part === undefined ? {} : { part: "reasoning" }),
            ...(part === "taking" ? { takesText: true } : {}),
            chunk: text,
          });
        },
      ),
    );
  });

  test("of another attempt or another reply has another head", () => {
    expect(startsWith(encodeChunk(headText, 0, "a"), chunkHead("message1.prompt1", 1))).toBe(false);
    expect(startsWith(encodeChunk(headText, 0, "a"), chunkHead("message1.prompt", 2))).toBe(false);
    const attempt21 = encodeChunk(decoder.decode(chunkHead("message1.prompt1", 21)), 0, "a");
    expect(startsWith(attempt21, head)).toBe(false);
  });

  test.each(["", "x", ",", "12", '12"', "-1,"])("has no number where %j stands", (tail) => {
    expect(chunkNumber(encoder.encode(headText + tail), head.length)).toBe(-1);
  });
});

describe("merged chunks", () => {
  test("are one frame with the whole text that says which chunks it stands for", () => {
    expect(
      decodeObject(mergeChunks([chunk(3, "a"), chunk(4, "b"), chunk(5, "c")]) ?? new Uint8Array()),
    ).toEqual({ type: "ai_chunk", id: "m.p", attempt: 1, n: 5, from: 3, chunk: "abc" });
  });

  test("can be merged again", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2 }), fc.nat(), (texts, cut) => {
        const chunks = texts.map((text, n) => chunk(n, text));
        const split = 1 + (cut % (texts.length - 1));
        const front = decode(mergeChunks(chunks.slice(0, split)));
        const back = decode(mergeChunks(chunks.slice(split)));
        expect(decode(mergeChunks([front, back]))).toEqual(decode(mergeChunks(chunks)));
      }),
    );
  });

  test("keep the head that is compared without parsing", () => {
    const merged = mergeChunks([chunk(0, "a"), chunk(1, "b")]) ?? new Uint8Array();
    const head = chunkHead("m.p", 1);
    expect(startsWith(merged, head)).toBe(true);
    expect(chunkNumber(merged, head.length)).toBe(1);
  });

  test("of nothing are nothing", () => {
    expect(mergeChunks([])).toBeUndefined();
  });
});

function decode(bytes: Uint8Array | undefined): ServerFrameOf<"ai_chunk"> {
  return decodeObject(bytes ?? new Uint8Array()) as unknown as ServerFrameOf<"ai_chunk">;
}

function chunk(n: number, text: string, from?: number): ServerFrameOf<"ai_chunk"> {
  return {
    type: "ai_chunk",
    id: "m.p",
    attempt: 1,
    n,
    ...(from === undefined ? {} : { from }),
    chunk: text,
  };
}
