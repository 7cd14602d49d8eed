import { readFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { programs } from "./process-plan.ts";
import type { RunEntry } from "./run-file.ts";

const waitMs = 5_000;

/**
 * Ends what a start that was killed has left behind. A pid may be somebody else's by now, so a process is
 * only touched if its command line is the one that its role has.
 *
 * @param natsConfigFile the file that our nats-server is started with
 * @returns how many there were
 */
export async function endLeftovers(entries: readonly RunEntry[], natsConfigFile: string): Promise<number> {
  let ended = 0;
  for (const { role, pid } of entries) {
    if (role === "start") continue;
    const mark = role === "nats" ? natsConfigFile : programs[role];
    if (!(await commandLineOf(pid)).includes(mark)) continue;
    process.kill(pid, "SIGKILL");
    ended++;
    const deadline = performance.now() + waitMs;
    while ((await commandLineOf(pid)) !== "" && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return ended;
}

/** Empty if there is no such process. */
async function commandLineOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
  } catch {
    if (process.platform === "linux") return "";
  }
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout.trim();
  } catch {
    return "";
  }
}
