import { fitAround, limits, type PageMessage } from "../../src/index.ts";
import { describe, expect, it } from "vitest";

const head = { type: "message", user: { id: "ann", name: "Ann" }, is_user: true } as const;
const sentAt = "2026-01-01T00:00:00.000Z";

/** A message of so many bytes. */
function sized(id: string, bytes: number): PageMessage {
  const empty = JSON.stringify({ ...head, id, sentAt, message: "" }).length;
  return { ...head, id, sentAt, message: "x".repeat(bytes - empty) };
}

function many(name: string, count: number, bytes: number): PageMessage[] {
  return Array.from({ length: count }, (_, n) => sized(`${name}${n}`, bytes));
}

/** Bytes for messages, each with a comma, beside the rest of an answer. */
const room = limits.pageBytes - 1_024;
const shareOf = (count: number): number => Math.floor(room / count) - 1;

describe("a page around a message", () => {
  it("is full at 768 KiB, and has what is nearest on both sides", () => {
    const share = shareOf(8);
    const { older, newer } = fitAround(many("o", 9, share), many("n", 9, share));
    expect([...older, ...newer].map(({ id }) => id)).toEqual([
      "o6",
      "o7",
      "o8",
      "n0",
      "n1",
      "n2",
      "n3",
      "n4",
    ]);
  });

  it("leaves out what is one byte too long, and what is beyond it", () => {
    const half = shareOf(2);
    const beside = [sized("beside", half)];
    expect(fitAround([], [sized("first", half), ...beside]).newer).toHaveLength(2);
    expect(fitAround([], [sized("first", half + 1), ...beside, sized("small", 200)]).newer).toHaveLength(1);
  });

  it("goes on on one side where the other one ends", () => {
    const share = shareOf(16);
    expect(fitAround(many("o", 20, share), many("n", 3, share)).older).toHaveLength(13);
    expect(fitAround(many("o", 2, share), many("n", 20, share)).newer).toHaveLength(14);
  });

  it("has the message even if it is longer than a page", () => {
    const page = fitAround(many("o", 3, 200), [sized("huge", limits.pageBytes + 1), ...many("n", 3, 200)]);
    expect([page.older.length, page.newer.length]).toEqual([0, 1]);
  });
});
