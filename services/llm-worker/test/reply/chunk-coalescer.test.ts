import { limits } from "@natter/protocol";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ChunkCoalescer, FlushTimer, type Chunk } from "../../src/reply/chunk-coalescer.ts";

const windowMs = 25;
let chunks: Chunk[];
let isOpen: boolean;
let timer: FlushTimer;
let coalescer: ChunkCoalescer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  chunks = [];
  isOpen = true;
  timer = new FlushTimer();
  coalescer = new ChunkCoalescer(windowMs, timer, {
    emit: (chunk) => {
      if (isOpen) chunks.push(chunk);
      return isOpen;
    },
    onDefect: () => undefined,
  });
});
afterEach(() => vi.useRealTimers());

const texts = (): string[] => chunks.map(({ text }) => text);

describe("chunks", () => {
  test("leave at once when they are slower than the window", () => {
    for (const text of ["a", "b", "c"]) {
      coalescer.push(text);
      expect(texts().at(-1)).toBe(text);
      vi.advanceTimersByTime(windowMs);
    }
  });

  test("that come faster are joined until the end of the window", () => {
    for (const text of ["a", "b", "c"]) coalescer.push(text);
    expect(texts()).toEqual(["a"]);
    vi.advanceTimersByTime(windowMs + 5);
    expect(texts()).toEqual(["a", "bc"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("never hold half a character", () => {
    const [high = "", low = ""] = "👋".split("");
    coalescer.push(`a${high}`);
    vi.advanceTimersByTime(windowMs * 2);
    coalescer.push(`${low}b`);
    vi.advanceTimersByTime(windowMs * 2);
    expect(texts()).toEqual(["a", "👋b"]);
  });

  test("end in well-formed text, also if the model does not", () => {
    coalescer.push("a\ud83d");
    expect(coalescer.flush()).toBe(true);
    expect(texts().join("")).toBe("a\ufffd");
  });

  test("of a thought and of the answer are not joined", () => {
    coalescer.pushReasoning("x");
    coalescer.pushReasoning("y");
    coalescer.push("a");
    coalescer.flush();
    expect(chunks).toEqual([
      { text: "x", part: "reasoning" },
      { text: "y", part: "reasoning" },
      { text: "a", part: undefined },
    ]);
  });

  test("that may not leave wait, each with its own part, and leave in order", () => {
    isOpen = false;
    coalescer.pushReasoning("x");
    coalescer.push("a");
    coalescer.push("b");
    expect(coalescer.flush()).toBe(false);
    isOpen = true;
    vi.advanceTimersByTime(windowMs);
    expect(chunks).toEqual([
      { text: "x", part: "reasoning" },
      { text: "ab", part: undefined },
    ]);
  });

  test("fit the broker, however much comes at once", () => {
    coalescer.push("👋".repeat(50_000));
    expect(texts().join("")).toBe("👋".repeat(50_000));
    expect(Math.max(...texts().map((text) => text.length))).toBeLessThan(20_000);
    expect(texts().every((text) => text.isWellFormed())).toBe(true);
  });

  test("can say that all before was a thought, also without a word of their own", () => {
    coalescer.push("a");
    coalescer.push("b");
    coalescer.takeText("");
    coalescer.pushReasoning("y");
    coalescer.push("c");
    coalescer.flush();
    expect(chunks).toEqual([
      { text: "a", part: undefined },
      { text: "b", part: undefined },
      { text: "", part: "taking" },
      { text: "y", part: "reasoning" },
      { text: "c", part: undefined },
    ]);
  });

  test("of one reply that cannot be sent end that reply and no other", () => {
    const defects: unknown[] = [];
    const broken = new ChunkCoalescer(windowMs, timer, {
      emit: () => {
        throw new TypeError("broken");
      },
      onDefect: (error) => defects.push(error),
    });
    coalescer.push("a");
    coalescer.push("b");
    expect(() => broken.push("x")).toThrow("broken");
    timer.add(broken);
    vi.advanceTimersByTime(windowMs * 2);
    expect(texts()).toEqual(["a", "b"]);
    expect(defects).toEqual([new TypeError("broken")]);
    vi.advanceTimersByTime(windowMs * 2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("stop at the largest reply, on a whole character; thoughts have a bound of their own", () => {
    coalescer.pushReasoning("t".repeat(600_000));
    coalescer.flush();
    expect(texts().join("")).toHaveLength(limits.replyReasoningBytes);
    expect(coalescer.push("한".repeat(170_000))).toBe(true);
    expect(coalescer.push('"'.repeat(10_000))).toBe(false);
    expect(coalescer.push("a")).toBe(false);
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
          for (const unit of text.split("")) coalescer.push(unit);
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
