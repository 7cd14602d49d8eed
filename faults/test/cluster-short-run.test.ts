import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serverFault } from "../src/broker-scenarios/server-faults.ts";
import { underLoad } from "../src/load/under-load.ts";
import { Run } from "../src/run.ts";
import type { Scenario } from "../src/scenario.ts";

const seed = 20_260_102;

const killedAndCutOff: Scenario = {
  id: "K short",
  title: "the broker that leads the log is killed, then a follower is cut off",
  run: (stage) =>
    underLoad(stage, async () => {
      await stage.fault(serverFault(stage, "kill -9", "leader", 1_000));
      await stage.fault(serverFault(stage, "cut every route of", "follower", 5_000));
    }),
};

test("a cluster of three brokers whose leader is killed and whose follower is cut off breaks no promise", async () => {
  const folder = await mkdtemp(join(tmpdir(), "natter-faults-"));
  await using run = new Run({ seed, store: "sqlite", brokers: 3, folder, say: () => undefined });
  const { violations, counts, recoveries } = await run.play(killedAndCutOff);
  expect(violations).toEqual([]);
  expect(counts.acked).toBeGreaterThan(10);
  expect(counts.replies).toBeGreaterThan(10);
  expect(recoveries).toHaveLength(2);
  await run[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
