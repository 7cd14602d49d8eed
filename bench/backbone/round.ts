import { setTimeout as sleep } from "node:timers/promises";
import { cpuTimeMs } from "./cpu-time.ts";
import { Load, type LoadReport } from "./load/load.ts";
import type { System } from "./systems/system.ts";

export interface RoundPlan {
  readonly sessions: number;
  readonly seconds: number;
  readonly rate: number;
}

export interface RoundResult extends LoadReport {
  readonly system: string;
  readonly sessions: number;
  readonly chunksPerSecond: number;
  /** By role: milliseconds of CPU for 1,000 chunks that arrived. */
  readonly cpuMs: ReadonlyMap<string, number>;
}

/** After this long the round begins without the other sessions. The result says how many stream. */
const startLimitMs = 20_000;
const settleMs = 1_500;
/** Enough for the start, and for the delay of a machine at its limit. */
const spareSeconds = startLimitMs / 1_000 + 10;

/** Opens the sessions, waits until all stream, and measures from then on. */
export async function playRound(system: System, plan: RoundPlan): Promise<RoundResult> {
  await using load = new Load();
  const urls = Array.from({ length: plan.sessions }, (_, index) => system.socketUrl(`bench-${index}`));
  await load.order({ kind: "open", urls });
  const chunks = plan.rate * (plan.seconds + spareSeconds);
  await load.order({ kind: "ask", chunks, rate: plan.rate });
  await untilAllStream(load, plan.sessions);
  await sleep(settleMs);

  const processes = await system.processes();
  const cpuBefore = await cpuOf(processes);
  await load.order({ kind: "reset" });
  const beginAt = performance.now();
  await sleep(plan.seconds * 1_000);
  const report = await load.order({ kind: "report" });
  const elapsedMs = performance.now() - beginAt;
  const cpuAfter = await cpuOf(processes);
  return {
    ...report,
    system: system.name,
    sessions: plan.sessions,
    chunksPerSecond: (report.chunks / elapsedMs) * 1_000,
    cpuMs: new Map(
      [...cpuAfter].map(([role, ms]) => [role, ((ms - (cpuBefore.get(role) ?? 0)) / report.chunks) * 1_000]),
    ),
  };
}

async function untilAllStream(load: Load, sessions: number): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    const { streaming } = await load.order({ kind: "report" });
    if (streaming >= sessions) return;
    await sleep(100);
  }
}

async function cpuOf(
  processes: ReadonlyMap<string, readonly number[]>,
): Promise<ReadonlyMap<string, number>> {
  const entries = [...processes].map(async ([role, pids]) => {
    const times = await Promise.all(pids.map(cpuTimeMs));
    return [role, times.reduce((sum, ms) => sum + ms, 0)] as const;
  });
  return new Map(await Promise.all(entries));
}
