import { readFile } from "node:fs/promises";

/** A tick of the kernel's accounting: USER_HZ, which is 100 on every platform that Node runs on. */
const tickMs = 10;

/** CPU time of a process so far, in its own code and in the kernel. Needs Linux. */
export async function cpuTimeMs(pid: number): Promise<number> {
  return cpuTimeOf(await readFile(`/proc/${pid}/stat`, "utf8"));
}

/**
 * @param stat a line of `/proc/<pid>/stat`; the name is in parentheses and may contain spaces and parentheses
 * @throws if it is no such line
 */
export function cpuTimeOf(stat: string): number {
  // After the name comes the state, field 3; utime is field 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error("this is no line of /proc/<pid>/stat");
  return ticks * tickMs;
}
