import { expect, test } from "vitest";
import { BareSystem } from "../backbone/systems/bare-system.ts";
import { NatterSystem } from "../backbone/systems/natter-system.ts";
import { playRound } from "../backbone/round.ts";

const plan = { sessions: 3, seconds: 1, rate: 20 };

// These tests do not judge the figures. They check that both systems can be measured.
test.runIf(process.platform === "linux")("a round counts what arrives from a bare server", async () => {
  await using system = await BareSystem.start();
  const result = await playRound(system, plan);
  expect(result).toMatchObject({ system: "bare ws", streaming: 3, failures: 0 });
  expect(result.chunks).toBeGreaterThan(0);
  expect([...result.cpuMs.keys()]).toEqual(["server"]);
});

test.runIf(process.platform === "linux")("a round counts what arrives from natter", async () => {
  await using system = await NatterSystem.start(plan.sessions);
  const result = await playRound(system, plan);
  expect(result).toMatchObject({ system: "natter", streaming: 3, failures: 0 });
  expect(result.chunks).toBeGreaterThan(0);
  expect([...result.cpuMs.keys()]).toEqual(["gateway", "llm-worker", "nats", "persistence"]);
});
