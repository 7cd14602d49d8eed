import { describe, expect, test, vi } from "vitest";
import { QuestionQueue, type Question } from "../../src/answering/question-queue.ts";

/** A question that blocks the thread, as SQLite does. */
function blocking(ms: number, answered: () => void): Question {
  return {
    asker: "one",
    waitMs: 200,
    answer: async () => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      answered();
    },
    refuse: () => expect.unreachable("refused"),
  };
}

describe("the queue of questions", () => {
  test("answers one asker in order, one question in each turn, and lets others have theirs in between", async () => {
    const queue = new QuestionQueue();
    const order: string[] = [];
    for (const name of ["a", "b", "c"]) queue.add(blocking(1, () => order.push(name)));
    await new Promise((resolve) => setImmediate(resolve));
    order.push("other");
    await vi.waitFor(() => expect(order).toHaveLength(4));
    expect(order.filter((name) => name !== "other")).toEqual(["a", "b", "c"]);
    expect(order.indexOf("other")).toBeLessThan(3);
  });

  test("answers another asker next but one, however many questions one has", async () => {
    const queue = new QuestionQueue();
    const order: string[] = [];
    const ask = (asker: string): void => {
      const answer = async (): Promise<void> => {
        order.push(asker);
        if (order.length === 3) ask("another");
      };
      queue.add({ asker, waitMs: 10_000, answer, refuse: () => expect.unreachable("refused") });
    };
    for (let number = 0; number < 1_000; number++) ask("one");
    await vi.waitFor(() => expect(order).toHaveLength(1_001));
    // It asked when three were answered.
    expect(order.indexOf("another")).toBe(4);
  });

  test("takes one question of each asker in turn, those of one in their order", async () => {
    const queue = new QuestionQueue();
    const order: string[] = [];
    for (const name of ["a1", "a2", "a3", "b1", "b2", "c1"]) {
      const answer = async (): Promise<void> => void order.push(name);
      queue.add({ asker: name.slice(0, 1), waitMs: 10_000, answer, refuse: () => undefined });
    }
    await vi.waitFor(() => expect(order).toHaveLength(6));
    expect(order).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  test("drops what its asker has given up, so an overload ends with one wait", async () => {
    const queue = new QuestionQueue();
    let answered = 0;
    for (let number = 0; number < 1_000; number++) queue.add(blocking(20, () => answered++));
    await vi.waitFor(() => expect(answered + queue.dropped).toBe(1_000), { timeout: 5_000 });
    // 200 ms of work at 20 ms each, and one that had begun.
    expect(answered).toBeLessThanOrEqual(11);
  });

  test("refuses what is more than it may hold", () => {
    const queue = new QuestionQueue();
    let refused = 0;
    const question = {
      asker: "one",
      waitMs: 10_000,
      answer: async () => undefined,
      refuse: () => void refused++,
    };
    for (let number = 0; number < 4_100; number++) queue.add(question);
    expect(refused).toBe(4);
  });

  test("answers 32 at a time and no more", async () => {
    const queue = new QuestionQueue();
    const open = Promise.withResolvers<void>();
    let begun = 0;
    let done = 0;
    const answer = async (): Promise<void> => {
      begun++;
      await open.promise;
      done++;
    };
    for (let number = 0; number < 40; number++)
      queue.add({ asker: "one", waitMs: 10_000, answer, refuse: () => undefined });
    await vi.waitFor(() => expect(begun).toBe(32));
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toBe(32);
    open.resolve();
    await vi.waitFor(() => expect(done).toBe(40));
  });

  test("refuses at its end what waits, and finishes what is being answered", async () => {
    const queue = new QuestionQueue();
    const ends: string[] = [];
    const answer = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ends.push("answered");
    };
    queue.add({ asker: "one", waitMs: 1_000, answer, refuse: () => ends.push("refused") });
    await new Promise((resolve) => setImmediate(resolve));
    queue.add({ asker: "one", waitMs: 1_000, answer, refuse: () => ends.push("refused") });
    await queue.stop();
    expect(ends).toEqual(["refused", "answered"]);
    queue.add({ asker: "one", waitMs: 1_000, answer, refuse: () => ends.push("refused late") });
    expect(ends).toContain("refused late");
  });
});
