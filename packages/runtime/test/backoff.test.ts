import { expect, test } from "vitest";
import { Backoff, backoffMs } from "../src/index.ts";

const bounds = { firstMs: 100, maxMs: 500 };

test("backoff - delays double up to the maximum", () => {
  const backoff = new Backoff(bounds);
  expect(Array.from({ length: 5 }, () => backoff.nextMs())).toEqual([100, 200, 400, 500, 500]);
  expect(backoffMs(2_000, bounds)).toBe(500);
});

test("backoff - a reset brings the first delay back", () => {
  const backoff = new Backoff(bounds);
  backoff.nextMs();
  backoff.nextMs();
  backoff.reset();
  expect(backoff.nextMs()).toBe(100);
});

test("backoff - a cancelled backoff ends its wait, and waits no more", async () => {
  const backoff = new Backoff({ firstMs: 3_600_000, maxMs: 3_600_000 });
  const waiting = backoff.wait();
  expect(backoff.cancelled).toBe(false);
  backoff.cancel();
  await waiting;
  await backoff.wait();
  expect(backoff.cancelled).toBe(true);
});
