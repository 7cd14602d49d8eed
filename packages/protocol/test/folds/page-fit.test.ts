import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitList, fitMessage, fitPage, jsonBytes, limits, type PageMessage } from "../../src/index.ts";
import { complete, message } from "../support/events.ts";

const answer = complete({ promptId: "m1", messageId: "m1", attempt: 1 });
const pageBytes = 8 * 1024;

/** What only something other than natter puts into the log: any field can be as long as a message of the broker. */
const strange: fc.Arbitrary<PageMessage> = fc
  .record({
    base: fc.constantFrom<PageMessage>(message("m1"), answer),
    lengths: fc.array(fc.constantFrom(0, 1, 300, 5_000, 20_000), { minLength: 8, maxLength: 8 }),
    letter: fc.constantFrom("x", '"', "가", "\u0001", "👋"),
  })
  .map(({ base, lengths, letter }) => {
    const [a, b, c, d, e, f, g, h] = lengths.map((length) => letter.repeat(length));
    const own =
      base.type === "message"
        ? { replyTo: d }
        : { reasoning: d, model: e, error: { code: "cut", message: f } };
    const reactions = [{ emoji: "👍", count: 3, users: [g, h] }];
    return { ...base, message: a, user: { id: b, name: c }, ...own, reactions } as unknown as PageMessage;
  });

describe("a page", () => {
  test("has at least one message and never more bytes than it may, whatever its messages are", () => {
    fc.assert(
      fc.property(
        fc.array(strange, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (all, limit) => {
          const { messages, isCut } = fitPage(all, limit, pageBytes);
          expect(messages.length).toBeGreaterThan(0);
          expect(messages.length).toBeLessThanOrEqual(limit);
          expect(isCut).toBe(messages.length < all.length);
          expect(jsonBytes(messages)).toBeLessThanOrEqual(pageBytes);
          for (const [index, { type, message: text }] of messages.toReversed().entries()) {
            const original = all.at(-1 - index);
            expect(type).toBe(original?.type);
            expect(original?.message.startsWith(text)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("leaves a message that fits as it is", () => {
    fc.assert(
      fc.property(strange, (one) => {
        expect(fitMessage(one, 1_000_000)).toBe(one);
      }),
    );
  });

  test("is empty only if there is nothing", () => {
    expect(fitPage([], 20)).toEqual({ messages: [], isCut: false });
  });
});

describe("of a message that is too large", () => {
  test("the lists of who reacted go first, then the thought, then the end of the text", () => {
    const users = Array.from({ length: 400 }, (_, n) => `user-${n}`);
    const reactions = [{ emoji: "👍", count: 400, users }];
    const large = {
      ...answer,
      message: "a".repeat(3_000),
      reasoning: "b".repeat(3_000),
      reactions,
    };
    const unlisted = [{ emoji: "👍", count: 400, users: [] }];
    expect(fitMessage(large, 8_000)).toEqual({ ...large, reactions: unlisted });
    const { reasoning: _reasoning, ...bare } = large;
    expect(fitMessage(large, 5_000)).toEqual({ ...bare, reactions: unlisted });
    const cut = fitMessage(large, 1_000);
    expect(cut.message).toMatch(/^a+$/);
    expect(jsonBytes(cut) + 1).toBe(1_000);
  });

  test("the text is cut between characters", () => {
    const { message: text } = fitMessage({ ...message("m1"), message: "👋".repeat(3_000) }, 2_001);
    expect(text.isWellFormed()).toBe(true);
    expect(text.length).toBeGreaterThan(800);
  });

  test("a text that is no text is nothing", () => {
    const large = { ...message("m1"), message: { $gt: "x".repeat(9_000) } } as unknown as PageMessage;
    expect(fitMessage(large, 2_000)).toMatchObject({ id: "m1", message: "" });
  });
});

test("a list has as many of its first entries as fit", () => {
  const items = Array.from({ length: 100 }, () => "x".repeat(997));
  expect(fitList(items, 10 * 1_000 + 1_024)).toHaveLength(10);
  expect(fitList(items, limits.pageBytes)).toEqual(items);
  expect(fitList([], limits.pageBytes)).toEqual([]);
});
