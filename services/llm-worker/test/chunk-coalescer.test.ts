import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ChunkCoalescer, FlushTimer, type Chunk } from "../src/chunk-coalescer.ts";

const windowMs = 25;
let chunks: Chunk[];
let isOpen: boolean;
let coalescer: ChunkCoalescer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  chunks = [];
  isOpen = true;
  coalescer = new ChunkCoalescer(windowMs, new FlushTimer(), (chunk) => {
    if (isOpen) chunks.push(chunk);
    return isOpen;
  });
});
afterEach(() => vi.useRealTimers());

const texts = (): string[] => chunks.map(({ text }) => text);

describe("chunks", () => {
  test("leave at once when they are slower than the window", () => {
    for (const text of ["a", "b", "c"]) {
      coalescer.push(text, undefined);
      expect(texts().at(-1)).toBe(text);
      vi.advanceTimersByTime(windowMs);
    }
  });

  test("that come faster are joined until the end of the window", () => {
    for (const text of ["a", "b", "c"]) coalescer.push(text, undefined);
    expect(texts()).toEqual(["a"]);
    vi.advanceTimersByTime(windowMs + 5);
    expect(texts()).toEqual(["a", "bc"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("never hold half a character", () => {
    const [high = "", low = ""] = "👋".split("");
    coalescer.push(`a${high}`, undefined);
    vi.advanceTimersByTime(windowMs * 2);
    coalescer.push(`${low}b`, undefined);
    vi.advanceTimersByTime(windowMs * 2);
    expect(texts()).toEqual(["a", "👋b"]);
  });

  test("end in well-formed text, also if the model does not", () => {
    coalescer.push("a\ud83d", undefined);
    expect(coalescer.flush()).toBe(true);
    expect(texts().join("")).toBe("a\ufffd");
  });

  test("of a thought and of the answer are not joined", () => {
    coalescer.push("x", "reasoning");
    coalescer.push("y", "reasoning");
    coalescer.push("a", undefined);
    coalescer.flush();
    expect(chunks).toEqual([
      { text: "x", part: "reasoning" },
      { text: "y", part: "reasoning" },
      { text: "a", part: undefined },
    ]);
  });

  test("that may not leave wait, each with its own part, and leave in order", () => {
    isOpen = false;
    coalescer.push("x", "reasoning");
    coalescer.push("a", undefined);
    coalescer.push("b", undefined);
    expect(coalescer.flush()).toBe(false);
    isOpen = true;
    vi.advanceTimersByTime(windowMs);
    expect(chunks).toEqual([
      { text: "x", part: "reasoning" },
      { text: "ab", part: undefined },
    ]);
  });

  test("fit the broker, however much comes at once", () => {
    coalescer.push("👋".repeat(50_000), undefined);
    expect(texts().join("")).toBe("👋".repeat(50_000));
    expect(Math.max(...texts().map((text) => text.length))).toBeLessThan(20_000);
    expect(texts().every((text) => text.isWellFormed())).toBe(true);
  });

  test("stop at the largest reply, on a whole character; thoughts do not count", () => {
    coalescer.push("t".repeat(600_000), "reasoning");
    expect(coalescer.push("한".repeat(170_000), undefined)).toBe(true);
    expect(coalescer.push('"'.repeat(10_000), undefined)).toBe(false);
    expect(coalescer.push("a", undefined)).toBe(false);
    coalescer.flush();
    const text = chunks.filter(({ part }) => part === undefined).map((chunk) => chunk.text);
    const bytes = Buffer.byteLength(JSON.stringify(text.join(""))) - 2;
    expect(bytes).toBeLessThanOrEqual(512 * 1024);
    expect(bytes).toBeGreaterThan(512 * 1024 - 3);
  });

  test("are together what was said, however it was said", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.nat(40))), (pieces) => {
        chunks = [];
        const said = pieces.map(([text]) => text).join("");
        for (const [text, pauseMs] of pieces) {
          for (const unit of text.split("")) coalescer.push(unit, undefined);
          vi.advanceTimersByTime(pauseMs);
        }
        coalescer.flush();
        expect(texts().join("")).toBe(said.toWellFormed());
        expect(texts().every((text) => text !== "" && text.isWellFormed())).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
