import { describe, expect, test } from "vitest";
import { FailureDetector, type Answer, type OwnerState } from "../../src/prompts/owner-question.ts";
import { replyTimings } from "../../src/reply-timings.ts";

/** Steps as `seconds answer`; `!` in front: on another connection; `?`: on none. */
function ask(...steps: string[]): OwnerState | undefined {
  const detector = new FailureDetector(replyTimings, { nowMs: 0, connection: 0 });
  let connection = 0;
  let state: OwnerState | undefined;
  for (const step of steps) {
    const [, mark, seconds, answer] = /^([!?]?)([\d.]+) (.+)$/.exec(step) ?? [];
    if (mark === "!") connection++;
    state = detector.step(answer as Answer, {
      nowMs: Number(seconds) * 1_000,
      connection: mark === "?" ? undefined : connection,
    });
  }
  return state;
}

const silence = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index} silence`);

describe("an owner", () => {
  test("that answers is live, and one that has released its reply says so", () => {
    expect(ask("1 live")).toBe("live");
    expect(ask("1 no-responders", "2 released")).toBe("released");
  });

  test("is gone when nobody listens twice, five seconds apart", () => {
    expect(ask("0 no-responders")).toBeUndefined();
    expect(ask("0 no-responders", "4.9 no-responders")).toBeUndefined();
    expect(ask("0 no-responders", "5 no-responders")).toBe("gone");
  });

  test("that listens again in between is not gone yet", () => {
    expect(ask("0 no-responders", "3 silence", "5 no-responders")).toBeUndefined();
  });

  test("is gone after twenty seconds without any answer", () => {
    expect(ask(...silence(1, 19))).toBeUndefined();
    expect(ask(...silence(1, 20))).toBe("gone");
    expect(ask(...silence(1, 9), "10 no-responders", ...silence(11, 20))).toBe("gone");
  });

  test("is not gone because the asker was frozen", () => {
    expect(ask("0 no-responders", "11 no-responders")).toBeUndefined();
    expect(ask("0 no-responders", "11 no-responders", "16 no-responders")).toBeUndefined();
    expect(ask("0 no-responders", "11 no-responders", "12 no-responders", "17 no-responders")).toBe("gone");
    expect(ask(...silence(1, 15), "26 silence", "27 silence")).toBeUndefined();
  });

  test("is not gone because the asker was cut off", () => {
    expect(ask("0 no-responders", "!5 no-responders")).toBeUndefined();
    expect(ask(...silence(1, 19), "?20 silence")).toBeUndefined();
    expect(ask("?1 silence", "?9 silence", "?18 silence", "?26 silence")).toBeUndefined();
  });
});
