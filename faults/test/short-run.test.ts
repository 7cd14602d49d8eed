import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Run } from "../src/run.ts";
import type { Scenario } from "../src/scenario.ts";
import { everyScenario } from "../src/scenarios/every-scenario.ts";
import { knownBad } from "../src/scenarios/known-bad.ts";

const seed = 20_260_101;
let folder: string;
let run: Run;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-faults-"));
  const lines: string[] = [];
  run = new Run({ seed, store: "sqlite", brokers: 1, folder, say: (line) => lines.push(line) });
});

afterAll(async () => {
  await run[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test.each(["C5", "G1", "N1", "W1 after-first-chunk"])("%s breaks no promise", async (id) => {
  const { violations, counts } = await run.play(scenarioOf(id));
  expect(violations).toEqual([]);
  expect(counts.acked).toBeGreaterThan(10);
  expect(counts.replies).toBeGreaterThan(10);
});

test.each(["A1", "D1"])("%s breaks no promise", async (id) => {
  expect((await run.play(scenarioOf(id))).violations).toEqual([]);
});

test("a gateway that does not know repeats is found out", async () => {
  const bad = knownBad.find(({ breakage }) => breakage === "gateway.no-dedupe");
  const { violations } = await run.play(bad?.scenario ?? scenarioOf(""));
  expect(violations.map(({ kind }) => kind)).toContain("duplicated");
});

function scenarioOf(id: string): Scenario {
  const scenario = everyScenario.find((candidate) => candidate.id === id);
  if (!scenario) throw new Error(`there is no scenario ${id}`);
  return scenario;
}
