import { limits, timings } from "@natter/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SearchBudget } from "../../src/search/search-budget.ts";

describe("what a search may still do", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test(`ends after ${timings.searchMs} ms, and its first half after half of them`, () => {
    const budget = new SearchBudget(timings.searchMs);
    vi.advanceTimersByTime(timings.searchMs / 2);
    expect(budget.isHalfGone).toBe(false);
    vi.advanceTimersByTime(1);
    expect(budget.isHalfGone).toBe(true);
    for (let n = 0; n < limits.searchCandidatesMin; n++) expect(budget.take()).toBe(true);
    vi.advanceTimersByTime(timings.searchMs / 2 - 2);
    expect(budget.take()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(budget.isOutOfTime).toBe(true);
    expect(budget.take()).toBe(false);
  });

  test(`suffices for ${limits.searchCandidatesMin} candidates, however busy the machine is`, () => {
    const budget = new SearchBudget(timings.searchMs);
    vi.advanceTimersByTime(timings.searchMs);
    for (let n = 0; n < limits.searchCandidatesMin; n++) expect(budget.take()).toBe(true);
    expect(budget.take()).toBe(false);
  });

  test(`ends after ${limits.searchCandidates} candidates`, () => {
    const budget = new SearchBudget(timings.searchMs);
    for (let n = 0; n < limits.searchCandidates; n++) expect(budget.take()).toBe(true);
    expect(budget.take()).toBe(false);
    expect(budget.isOutOfTime).toBe(false);
  });

  test("ends when nobody wants the answer", () => {
    let isGivenUp = false;
    const budget = new SearchBudget(timings.searchMs, () => isGivenUp);
    expect(budget.take()).toBe(true);
    isGivenUp = true;
    expect(budget.take()).toBe(false);
    expect(budget.isHalfGone).toBe(true);
  });
});
