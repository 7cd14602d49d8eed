import { uniformInt } from "pure-rand/distribution/uniformInt";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Arrival, Plan } from "../plan.ts";

const skippedNumbers = 64;

/**
 * When people intend to send, decided before the run. Nobody waits for an answer before the next arrival, as nobody does in a
 * deployment with many people: a server that stalls meets all that was intended meanwhile, and its latencies show the stall.
 * The gaps are exponential, so the arrivals are a Poisson process.
 */
export function* arrivalsOf(plan: Plan): Generator<Arrival, void, undefined> {
  if (plan.recorded) return yield* plan.recorded;
  if (plan.ratePerSecond === 0) return;
  const random = xoroshiro128plus(plan.seed);
  // The first numbers of small seeds are all near 1, which would make the first gap the longest of the run.
  for (let skipped = 0; skipped < skippedNumbers; skipped++) uniformFloat64(random);
  let atMs = 0;
  for (;;) {
    atMs += (-Math.log(1 - uniformFloat64(random)) * 1_000) / plan.ratePerSecond;
    if (atMs >= plan.durationSeconds * 1_000) return;
    const session = uniformInt(random, 0, plan.sessions - 1);
    const socket = uniformInt(random, 0, plan.socketsPerSession - 1);
    yield { atMs, session, socket, answerWords: plan.answerWords };
  }
}
