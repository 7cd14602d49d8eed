import { describe, expect, test } from "vitest";
import { readRecordedDay } from "../src/arrivals/recorded-day.ts";
import { arrivalsOf } from "../src/arrivals/schedule.ts";
import type { Plan } from "../src/plan.ts";
import { defaultPlan } from "../src/scenarios/scenarios.ts";

const plan: Plan = { ...defaultPlan, url: "", run: "r", seed: 7, ratePerSecond: 100, durationSeconds: 100 };

describe("the arrivals of a plan", () => {
  test("are the same for the same seed, and others for another one", () => {
    expect([...arrivalsOf(plan)]).toEqual([...arrivalsOf(plan)]);
    expect([...arrivalsOf(plan)]).not.toEqual([...arrivalsOf({ ...plan, seed: 8 })]);
  });

  test("come in order, at the wanted rate, in every session", () => {
    const arrivals = [...arrivalsOf(plan)];
    const times = arrivals.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    // 10,000 are wanted; the standard deviation is 100.
    expect(Math.abs(arrivals.length - 10_000)).toBeLessThan(500);
    expect(new Set(arrivals.map(({ session }) => session)).size).toBe(plan.sessions);
  });

  test("have gaps as in a Poisson process: their deviation is their mean", () => {
    const times = [...arrivalsOf(plan)].map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("of seed %i begin soon", (seed) => {
    const [first] = arrivalsOf({ ...plan, seed });
    // Ten times the mean gap: one seed of 22,000 begins later.
    expect(first?.atMs).toBeLessThan(100);
  });

  test("are none where nobody writes", () => {
    expect([...arrivalsOf({ ...plan, ratePerSecond: 0 })]).toEqual([]);
  });
});

describe("a recorded day", () => {
  const options = { speed: 1, answerWords: 9 };

  test("gives its arrivals in order, with numbers for the names of sessions", () => {
    const text = '{"atSeconds":2,"session":"b","answerWords":3}\n\n{"atSeconds":0.5,"session":"a"}\n';
    expect(readRecordedDay(text, options)).toEqual({
      sessions: 2,
      arrivals: [
        { atMs: 500, session: 1, socket: 0, answerWords: 9 },
        { atMs: 2_000, session: 0, socket: 0, answerWords: 3 },
      ],
    });
  });

  test("can be played faster", () => {
    const day = readRecordedDay('{"atSeconds":60,"session":"a"}', { ...options, speed: 30 });
    expect(day).toMatchObject({ arrivals: [{ atMs: 2_000 }] });
  });

  test.each([
    "{",
    '{"atSeconds":-1,"session":"a"}',
    '{"atSeconds":1}',
    '{"atSeconds":1,"session":"a","answerWords":0}',
  ])("names the line that it cannot read: %s", (line) => {
    expect(readRecordedDay(`{"atSeconds":1,"session":"a"}\n${line}`, options)).toMatch(/^line 2 is not /);
  });

  test("is refused if it is empty", () => {
    expect(readRecordedDay("\n", options)).toBe("it has no arrivals");
  });
});
