import { closeCodes } from "@natter/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NetworkError } from "../../src/index.ts";
import {
  backOffMs,
  nextStep,
  type Circumstances,
  type NextStep,
} from "../../src/connection/reconnect-policy.ts";

const usual: Circumstances = { failedAttempts: 0, afterMs: undefined, canRefresh: false, random: 0.5 };
const end = (code: number, reason = "") => ({ code, reason, wasOpen: true });
const isFinal = (step: NextStep) => step.error !== undefined;

test("the range of a close code decides whether to come back", () => {
  for (const [reason, { code }] of Object.entries(closeCodes))
    expect([reason, isFinal(nextStep(end(code, reason), usual))]).toEqual([reason, code >= 4500]);
  for (const code of [1000, 1001, 1005, 1006, 1011, 4123, 4499])
    expect([code, isFinal(nextStep(end(code), usual))]).toEqual([code, false]);
  for (const code of [4500, 4777, 4999])
    expect([code, isFinal(nextStep(end(code), usual))]).toEqual([code, true]);
});

test("what is nobody's failure is tried again within half a second, however often", () => {
  const often = { ...usual, failedAttempts: 20, random: 0.999 };
  for (const reason of ["going_away", "outcome_unknown", "resync"] as const) {
    const step = nextStep(end(closeCodes[reason].code), often);
    expect(!step.error && step.retryAfterMs < 500).toBe(true);
  }
  expect(nextStep(end(1009), often)).toMatchObject({ retryAfterMs: 0.999 * 500 });
  expect(nextStep(end(closeCodes.going_away.code), { ...usual, afterMs: 730 })).toMatchObject({
    retryAfterMs: 730,
  });
});

test("a refused token is replaced if it can be, and is the end if not", () => {
  const refused = end(closeCodes.unauthorized.code);
  expect(nextStep(refused, { ...usual, canRefresh: true })).toMatchObject({
    retryAfterMs: 0,
    refresh: true,
  });
  expect(nextStep(refused, usual)).toMatchObject({
    error: { name: "UnauthorizedError", code: "unauthorized" },
  });
});

test("what HTTP said for good is the end, what is temporary is not", () => {
  const failed = { ...end(1006), wasOpen: false, error: new NetworkError("away") };
  expect(isFinal(nextStep(failed, usual))).toBe(false);
});

test("back-off is anywhere from nothing up to a bound that doubles to half a minute", () => {
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const delayMs = backOffMs(failures, random);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThan(Math.min(30_000, 500 * 2 ** failures) + 1e-6);
        expect(backOffMs(failures, 0)).toBe(0);
      },
    ),
  );
});
