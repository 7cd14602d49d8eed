import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Run } from "./run-file.ts";
import { StartFailure } from "../start-failure.ts";

const goneMs = 5_000;

interface Listed {
  readonly pid: number;
  readonly args: readonly string[];
}

/**
 * Ends what a start that was killed has left behind: two brokers on one folder would spoil it. A start can die before it
 * knows the pid of what it started, and a pid may be somebody else's by now. So what counts is the mark among the arguments.
 *
 * @param run what the earlier start wrote down before it started anything
 * @param here the data directory and the file that our nats-server is started with
 * @returns how many there were
 * @throws StartFailure if one of them cannot be ended
 */
export async function endLeftovers(
  run: Run,
  here: { dataDir: string; natsConfigFile: string },
): Promise<number> {
  // In a copy of the folder the file speaks of the processes of the original, and those are in use.
  if (run.dataDir !== undefined && run.dataDir !== here.dataDir) return 0;
  const brokers = new Set(run.processes.filter(({ role }) => role === "nats").map(({ pid }) => pid));
  const left = (await listProcesses()).filter(({ pid, args }) =>
    run.mark === undefined ? brokers.has(pid) && args.includes(here.natsConfigFile) : args.includes(run.mark),
  );
  for (const { pid } of left) killIfThere(pid);
  const deadline = performance.now() + goneMs;
  for (const { pid } of left) {
    while ((await argumentsOf(pid)).length > 0) {
      if (performance.now() > deadline)
        throw new StartFailure(`process ${pid} of an earlier start does not end: end it by hand`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return left.length;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
    throw new StartFailure(`process ${pid} of an earlier start belongs to another user: end it first`, {
      cause: error,
    });
  }
}

async function listProcesses(): Promise<Listed[]> {
  if (process.platform !== "linux") return listWithPs();
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  return Promise.all(pids.map(async (pid) => ({ pid, args: await argumentsOf(pid) })));
}

/** Empty if there is no such process, or if it has ended and nobody has asked how. */
async function argumentsOf(pid: number): Promise<string[]> {
  if (process.platform !== "linux")
    return (await listWithPs()).find((listed) => listed.pid === pid)?.args.slice() ?? [];
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").filter((part) => part !== "");
  } catch {
    return [];
  }
}

async function listWithPs(): Promise<Listed[]> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", "pid=,stat=,command="]);
    return stdout.split("\n").flatMap((line) => {
      const [pid, state = "", ...args] = line.trim().split(/\s+/);
      return pid && !state.startsWith("Z") ? [{ pid: Number(pid), args }] : [];
    });
  } catch {
    return [];
  }
}
