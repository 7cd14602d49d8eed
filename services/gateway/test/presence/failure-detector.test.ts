import { recordingLogger } from "@natter/testing";
import { timings } from "@natter/protocol";
import { beforeEach, expect, test } from "vitest";
import { FailureDetector } from "../../src/presence/failure-detector.ts";
import { ManualClock } from "../support/manual-clock.ts";

const times = { heartbeatMs: 5_000, downMs: 14_000, graceMs: 10_000 };

let clock: ManualClock;
let detector: FailureDetector;
let isConnected: boolean;
/** Whether this gateway receives its own heartbeats. */
let isHeard: boolean;
let effects: string[];

beforeEach(() => {
  clock = new ManualClock();
  isConnected = true;
  isHeard = true;
  effects = [];
  detector = new FailureDetector({
    self: "self",
    clock,
    times,
    logger: recordingLogger(),
    isConnected: () => isConnected,
    publish: () => isHeard && detector.onMessage("self"),
    onDown: (gateway) => effects.push(`down ${gateway}`),
    onResync: () => effects.push("resync"),
  });
  detector.start();
});

test("failure detector - a gateway with heartbeats stays up, and is down after downMs without one", () => {
  const end = clock.every(times.heartbeatMs, () => detector.onMessage("peer"));
  clock.advance(10 * times.downMs);
  expect(effects).toEqual([]);
  end();
  clock.advance(times.downMs - times.heartbeatMs);
  expect(effects).toEqual([]);
  clock.advance(times.heartbeatMs + 1_000);
  expect(effects).toEqual(["down peer"]);
});

test("failure detector - a pause of this process proves nothing about others: it resyncs", () => {
  detector.onMessage("peer");
  clock.freeze(10 * times.downMs);
  clock.advance(1_000);
  expect(effects).toEqual(["resync"]);
  clock.advance(times.downMs - 2_000);
  expect(effects).toEqual(["resync"]);
  clock.advance(3_000);
  expect(effects).toEqual(["resync", "down peer"]);
});

test.each([
  ["without a connection", () => (isConnected = false)],
  ["that does not receive its own heartbeats", () => (isHeard = false)],
])("failure detector - a gateway %s declares nobody down", (_name, cutOff) => {
  detector.onMessage("peer");
  cutOff();
  clock.advance(10 * times.downMs);
  expect(effects).toEqual([]);
});

test("failure detector - a gateway with a shutdown notice is down after graceMs", () => {
  detector.onMessage("peer");
  detector.onShutdownNotice("peer");
  clock.advance(times.graceMs - 1);
  expect([effects, detector.isShuttingDown("peer")]).toEqual([[], true]);
  clock.advance(1);
  expect([effects, detector.isShuttingDown("peer")]).toEqual([["down peer"], false]);
});

test("failure detector - with the default times the users of a crashed gateway leave within 15 s", () => {
  const checkMs = 1_000;
  expect(timings.gatewaySilentMs + checkMs).toBeLessThanOrEqual(15_000);
  // Two heartbeats in a row may be lost.
  expect(timings.gatewaySilentMs).toBeGreaterThan(2 * timings.gatewayHeartbeatMs);
});
