import { readFile } from "node:fs/promises";
import type { Part } from "./part.ts";

/** The kernel counts in hundredths of a second, on every machine that has these files. */
const ticksPerSecond = 100;

/** What the processes have worked so far, in ms of one core; `undefined` where the system does not tell. */
export async function cpuMsOf(parts: readonly Part[]): Promise<number | undefined> {
  const each = await Promise.all(
    parts.flatMap(({ pid }) => (pid === undefined ? [] : [cpuMsOfProcess(pid)])),
  );
  return each.some((ms) => ms === undefined)
    ? undefined
    : each.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
}

async function cpuMsOfProcess(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name is in parentheses and may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields?.[11]), Number(fields?.[12])];
  return Number.isNaN(user + system) ? undefined : ((user + system) * 1_000) / ticksPerSecond;
}
