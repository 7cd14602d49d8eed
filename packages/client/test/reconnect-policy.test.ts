import { closeCodes } from "@natter/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NetworkError } from "../src/index.ts";
import { backOffMs, nextStep, type Circumstances } from "../src/reconnect-policy.ts";

const usual: Circumstances = { failures: 0, goingAwayMs: undefined, canRefresh: false, random: 0.5 };
const end = (code: number, reason = "") => ({ code, reason, wasOpen: true });

test("the range of a close code decides whether to come back", () => {
  for (const [reason, { code }] of Object.entries(closeCodes))
    expect([reason, nextStep(end(code, reason), usual).action]).toEqual([
      reason,
      code < 4500 ? "wait" : "stop",
    ]);
  for (const code of [1000, 1001, 1005, 1006, 1011, 4123, 4499])
    expect([code, nextStep(end(code), usual).action]).toEqual([code, "wait"]);
  for (const code of [4500, 4777, 4999])
    expect([code, nextStep(end(code), usual).action]).toEqual([code, "stop"]);
});

test("what is nobody's failure is tried again within half a second, however often", () => {
  const often = { ...usual, failures: 20, random: 0.999 };
  for (const reason of ["going_away", "outcome_unknown", "resync"] as const) {
    const step = nextStep(end(closeCodes[reason].code), often);
    expect(step.action === "wait" && step.delayMs < 500).toBe(true);
  }
  expect(nextStep(end(closeCodes.resync.code), usual)).toMatchObject({ dropCursor: true });
  expect(nextStep(end(1009), usual)).toMatchObject({ dropFrame: true });
  expect(nextStep(end(closeCodes.going_away.code), { ...usual, goingAwayMs: 730 })).toMatchObject({
    delayMs: 730,
  });
});

test("a refused token is replaced if it can be, and is the end if not", () => {
  const refused = end(closeCodes.unauthorized.code);
  expect(nextStep(refused, { ...usual, canRefresh: true })).toEqual({
    action: "wait",
    delayMs: 0,
    refreshToken: true,
  });
  expect(nextStep(refused, usual)).toMatchObject({ action: "stop", error: { code: "unauthorized" } });
});

test("what HTTP said for good is the end, what is temporary is not", () => {
  const failed = { ...end(1006), wasOpen: false, error: new NetworkError("away") };
  expect(nextStep(failed, usual).action).toBe("wait");
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
