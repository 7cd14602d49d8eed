import { limits, timings, type RpcQuestion, type SearchAnswer } from "@natter/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SearchQueue } from "../../src/search/search-queue.ts";
import { StoreUnavailable } from "../../src/store/store.ts";

type Question = RpcQuestion<"search">;

const nothing: SearchAnswer = { hits: [], truncated: false };
const questionOf = (userId: string, query = userId): Question => ({ userId, query, limit: 10 });

/** Searches that run until the test ends them, in the order in which they began. */
class Searches {
  readonly begun: string[] = [];
  readonly budgetsMs: number[] = [];
  readonly #ends: (() => void)[] = [];

  readonly run = (question: Question, budgetMs: number): Promise<SearchAnswer> => {
    this.begun.push(question.query);
    this.budgetsMs.push(budgetMs);
    return new Promise((resolve) => this.#ends.push(() => resolve(nothing)));
  };

  /** Ends the one that began first, and lets the next begin. */
  async end(): Promise<void> {
    this.#ends.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  }
}

function outcomeOf(answer: Promise<SearchAnswer>): Promise<string> {
  return answer.then(
    () => "answered",
    (error: unknown) => (error instanceof StoreUnavailable ? "unavailable" : "failed"),
  );
}

describe("the row of searches", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("gives each user a turn, however many questions one of them has", async () => {
    const searches = new Searches();
    const queue = new SearchQueue({ run: searches.run, maxRunning: 1 });
    const asked = ["a1", "a2", "a3", "b1", "a4", "c1"].map((query) =>
      queue.ask(questionOf(query.slice(0, 1), query)),
    );
    for (const _ of asked) await searches.end();
    await Promise.all(asked);
    expect(searches.begun).toEqual(["a1", "a2", "b1", "c1", "a3", "a4"]);
  });

  test("runs as many at once as it is told to", async () => {
    const searches = new Searches();
    const queue = new SearchQueue({ run: searches.run, maxRunning: 2 });
    const asked = ["a", "b", "c"].map((user) => queue.ask(questionOf(user)));
    expect(searches.begun).toEqual(["a", "b"]);
    await searches.end();
    expect(searches.begun).toEqual(["a", "b", "c"]);
    await searches.end();
    await searches.end();
    await Promise.all(asked);
  });

  test(`keeps the last ${limits.searchesOfUser} questions of a user`, async () => {
    const searches = new Searches();
    const queue = new SearchQueue({ run: searches.run, maxRunning: 1 });
    const running = queue.ask(questionOf("other"));
    const asked = Array.from({ length: limits.searchesOfUser + 1 }, (_, n) =>
      outcomeOf(queue.ask(questionOf("me", `q${n}`))),
    );
    expect(await asked[0]).toBe("unavailable");
    for (const _ of asked) await searches.end();
    await running;
    expect(new Set(await Promise.all(asked.slice(1)))).toEqual(new Set(["answered"]));
  });

  test(`refuses more than ${limits.searchesWaiting} questions`, async () => {
    const searches = new Searches();
    const queue = new SearchQueue({ run: searches.run, maxRunning: 1 });
    const asked = Array.from({ length: limits.searchesWaiting + 2 }, (_, n) =>
      outcomeOf(queue.ask(questionOf(`u${n}`))),
    );
    // The first runs, so one more than the bound was asked beside it.
    expect(await asked.at(-1)).toBe("unavailable");
    for (const _ of asked) await searches.end();
    expect(new Set(await Promise.all(asked.slice(0, -1)))).toEqual(new Set(["answered"]));
    expect(searches.begun).toHaveLength(limits.searchesWaiting + 1);
  });

  test("drops what nobody waits for any more, and gives the next the time that its asker has left", async () => {
    const searches = new Searches();
    const queue = new SearchQueue({ run: searches.run, maxRunning: 1 });
    const asked = [outcomeOf(queue.ask(questionOf("slow"))), outcomeOf(queue.ask(questionOf("late")))];
    await vi.advanceTimersByTimeAsync(timings.storeMs - 200);
    asked.push(outcomeOf(queue.ask(questionOf("fresh"))));
    await vi.advanceTimersByTimeAsync(200);
    expect(await Promise.all(asked.slice(0, 2))).toEqual(["unavailable", "unavailable"]);
    await vi.advanceTimersByTimeAsync(500);
    await searches.end();
    expect(searches.begun).toEqual(["slow", "fresh"]);
    expect(searches.budgetsMs[0]).toBe(timings.searchMs);
    expect(searches.budgetsMs[1]).toBeLessThanOrEqual(timings.storeMs - 700);
    await searches.end();
    expect(await asked[2]).toBe("answered");
  });

  test("is empty once it is closed", async () => {
    const searches = new Searches();
    const queue = new SearchQueue({ run: searches.run, maxRunning: 1 });
    const running = outcomeOf(queue.ask(questionOf("a")));
    const waiting = outcomeOf(queue.ask(questionOf("b")));
    queue.close();
    expect(await waiting).toBe("unavailable");
    expect(await outcomeOf(queue.ask(questionOf("c")))).toBe("unavailable");
    await searches.end();
    expect(await running).toBe("answered");
    expect(searches.begun).toEqual(["a"]);
  });
});
