import type { Breakage } from "@natter/runtime";
import type { ViolationKind } from "../checker/evidence.ts";
import type { Scenario } from "../scenario.ts";
import { everyScenario } from "./every-scenario.ts";
import { underLoad } from "../load/under-load.ts";

/** A promise that is broken on purpose, and what the checker has to say then, one of these at least. */
export interface KnownBad {
  readonly breakage: Breakage;
  readonly expected: readonly ViolationKind[];
  readonly scenario: Scenario;
}

const bad = (breakage: Breakage, expected: readonly ViolationKind[], scenario: Scenario): KnownBad => ({
  breakage,
  expected,
  scenario: {
    ...scenario,
    id: `known bad ${breakage}`,
    title: `${breakage}: ${scenario.title}`,
    patienceMs: 15_000,
    env: { ...scenario.env, NATTER_BREAK: breakage },
  },
});

function row(id: string): Scenario {
  const scenario = everyScenario.find((candidate) => candidate.id === id);
  if (!scenario) throw new Error(`there is no scenario ${id}`);
  return scenario;
}

const brokerAway: Scenario = {
  id: "N4 cut",
  title: "the gateways are cut off from the broker while people send",
  run: (stage) =>
    underLoad(stage, async () => {
      const { gateways } = stage.cluster;
      await stage.fault({
        what: "cut every gateway off from nats",
        inject: () => gateways.forEach(({ broker }) => broker.proxy.cut()),
        lasts: 7_000,
        heal: () => gateways.forEach(({ broker }) => broker.heal()),
      });
    }),
};

const backlogLost: Scenario = {
  id: "M3 backlog",
  title: "the only recorder dies with a backlog in hand and nothing of it stored",
  run: (stage) =>
    underLoad(stage, async () => {
      const [recorder, other] = stage.cluster.recorders;
      // What is in hand then may be an event that nobody misses, so it happens more than once.
      for (let turn = 0; turn < 5; turn++) {
        await stage.fault({
          what: "persistence-1 dies at recorder.before-write with a backlog",
          async inject() {
            await Promise.all([recorder?.part.stop(), other?.part.stop()]);
            await stage.pause(700);
            await recorder?.part.start({ NATTER_CRASH_AT: "recorder.before-write" });
          },
          lasts: async () => recorder?.part.ended(20_000),
          heal: async () => void (await Promise.all([recorder?.part.start(), other?.part.start()])),
        });
      }
    }),
};

/** Something is broken all the time, and nothing of it loses words. */
const elsewhere: Scenario = {
  id: "M3 short",
  title: "a recorder is away for a moment",
  run: (stage) =>
    underLoad(stage, async () => {
      const [recorder] = stage.cluster.recorders;
      await stage.fault({
        what: "kill -9 persistence-1",
        inject: () => recorder?.part.kill(),
        lasts: 3_000,
        heal: () => recorder?.part.start(),
      });
    }),
};

/** One for each breakage. */
export const knownBad: readonly KnownBad[] = [
  bad("gateway.ack-before-append", ["lost"], brokerAway),
  bad("gateway.no-dedupe", ["duplicated"], row("C5")),
  bad("gateway.no-gap-repair", ["hole"], row("N7")),
  bad("gateway.no-attempt-check", ["mixed attempts"], row("W2 late words")),
  bad("gateway.lose-words", ["cut short"], elsewhere),
  bad("worker.no-fence", ["answered twice", "mixed attempts"], row("W2")),
  bad("worker.no-bulkhead", ["crash"], row("W5 shapes")),
  bad("worker.endless-retry", ["unfinished"], row("W5 shapes")),
  bad("worker.no-alternation", ["wrong answer"], row("W5 roles")),
  bad("recorder.ack-before-write", ["lost"], backlogLost),
  bad("purger.leave-log", ["not deleted"], row("D1")),
];
