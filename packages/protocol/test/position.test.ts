import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compareEpochs,
  comparePositions,
  formatCursor,
  parseCursor,
  parseEpoch,
  parsePositionKey,
  positionKey,
  positionKeyLength,
  type Position,
} from "../src/index.ts";

const epochs = fc
  .tuple(fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 2 ** 31 - 1 }))
  .map(([created, marker]) => `${created}-${marker}`);
const positions: fc.Arbitrary<Position> = fc.record({
  epoch: epochs,
  seq: fc.maxSafeNat(),
});

describe("a cursor", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(positions, (position) => {
        expect(parseCursor(formatCursor(position))).toEqual(position);
      }),
    );
  });

  test.each([
    "",
    "5",
    "1700000000000.5",
    "1700000000000-0",
    "1700000000000-0.",
    "1700000000000-0.-1",
    "1700000000000-0.1e3",
    "1700000000000-0.5 ",
    " 1700000000000-0.5",
    "1700000000000-0.5\n",
    "1700000000000-0.5.6",
    "1700000000000-0.9999999999999999",
    `${"1".repeat(16)}-0.5`,
    "١٧-٠.٥",
  ])("is not %j", (text) => {
    expect(parseCursor(text)).toBeUndefined();
  });
});

describe("the order of positions", () => {
  test("is total: the same both ways round, and transitive", () => {
    fc.assert(
      fc.property(positions, positions, positions, (a, b, c) => {
        expect(Math.sign(comparePositions(a, b)) + Math.sign(comparePositions(b, a))).toBe(0);
        const [first, second, third] = [a, b, c].sort(comparePositions) as [Position, Position, Position];
        expect(comparePositions(first, second)).toBeLessThanOrEqual(0);
        expect(comparePositions(second, third)).toBeLessThanOrEqual(0);
        expect(comparePositions(first, third)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test("is the alphabetical order of their keys", () => {
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        const [left, right] = [positionKey(a), positionKey(b)];
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(Math.sign(comparePositions(a, b)));
      }),
    );
  });

  test("position key - has one length, and is read back as the position that it was made of", () => {
    fc.assert(
      fc.property(positions, (position) => {
        const key = positionKey(position);
        expect(key).toHaveLength(positionKeyLength);
        expect(parsePositionKey(key)).toEqual(position);
      }),
    );
  });

  test.each(["", "~", "1-0.5", "x".repeat(positionKeyLength), `${positionKey({ epoch: "1-0", seq: 5 })}{}`])(
    "position key - %j is none",
    (text) => {
      expect(parsePositionKey(text)).toBeUndefined();
    },
  );

  test("epoch - has the time of its stream and a marker", () => {
    expect(parseEpoch("1700000000000-12")).toEqual({ createdMs: 1_700_000_000_000, marker: 12 });
    expect(parseEpoch("nonsense")).toEqual({ createdMs: 0, marker: 0 });
  });

  test("puts every event of a later epoch after those of an earlier one", () => {
    expect(comparePositions({ epoch: "2-0", seq: 1 }, { epoch: "1-0", seq: 99 })).toBeGreaterThan(0);
    expect(comparePositions({ epoch: "1-1", seq: 1 }, { epoch: "1-0", seq: 99 })).toBeGreaterThan(0);
  });

  test("compares epochs as numbers, not as text", () => {
    expect(compareEpochs("1000-0", "999-0")).toBeGreaterThan(0);
    expect(compareEpochs("1-10", "1-9")).toBeGreaterThan(0);
    expect(compareEpochs("1-9", "1-9")).toBe(0);
  });
});
