import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MemoryWatch } from "../measuring/process-memory.ts";
import { joinFindings, joinSeconds, type Result, type Second } from "../measuring/result.ts";
import type { Plan } from "../plan.ts";
import type { FoundMessage, GeneratorMessage, RunMessage } from "./messages.ts";

export interface RunOptions {
  readonly scenario: string;
  readonly plan: Plan;
  readonly processes: number;
  /** Run by the shell in the middle of the load, for example to kill a gateway. */
  readonly during: { readonly command: string; readonly atSeconds: number } | undefined;
  /** Processes of the deployment whose memory is watched. */
  readonly pids: readonly number[];
  /** Called with each second of the run. */
  readonly onSecond: (second: Second) => void;
}

/** The run could not be made, or not to its end. `message` is one line. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
}

const generator = fileURLToPath(new URL("generator-process.ts", import.meta.url));

/** Runs a plan in several processes, and adds up what they found. */
export async function runPlan(options: RunOptions): Promise<Result> {
  const { scenario, plan, processes, pids } = options;
  const startedAt = new Date();
  const series = new Series(processes, options.onSecond);
  const memory = new MemoryWatch(pids);
  const sampling = setInterval(() => void memory.sample(), 1_000);
  const begun = Promise.withResolvers<void>();
  const command = options.during && runDuring(options.during, plan.rampSeconds, begun.promise);
  const children: ChildProcess[] = [];
  try {
    const finding = Array.from({ length: processes }, async (_, index) => {
      const child = fork(generator, { serialization: "advanced" });
      children.push(child);
      const run: RunMessage = { type: "run", share: { plan, index, count: processes } };
      return resultOf(child, run, { series, onBegun: begun.resolve });
    });
    const found = await Promise.all(finding);
    await command?.ended;
    const seconds = (Date.now() - startedAt.getTime()) / 1_000;
    const measured = { series: series.all, memory: memory.series };
    return { scenario, startedAt: startedAt.toISOString(), seconds, ...joinFindings(found), ...measured };
  } finally {
    clearInterval(sampling);
    command?.stop();
    for (const child of children) child.kill();
  }
}

async function resultOf(
  child: ChildProcess,
  run: RunMessage,
  { series, onBegun }: { series: Series; onBegun: () => void },
): Promise<FoundMessage> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: GeneratorMessage) => {
      if (message.type === "begun") onBegun();
      else if (message.type === "second") series.add(message.second);
      else if (message.type === "found") resolve(message);
      else reject(new RunFailure(message.reason));
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new RunFailure(`a generator process ended with ${code}`)));
    child.send(run);
  });
}

/** The seconds of all generators. One is whole when each of them has told its own. */
class Series {
  readonly all: Second[] = [];
  readonly #open = new Map<number, { second: Second; parts: number }>();
  readonly #processes: number;
  readonly #onSecond: (second: Second) => void;

  constructor(processes: number, onSecond: (second: Second) => void) {
    this.#processes = processes;
    this.#onSecond = onSecond;
  }

  add(second: Second): void {
    const before = this.#open.get(second.atSeconds);
    const joined = before ? joinSeconds(before.second, second) : second;
    const parts = (before?.parts ?? 0) + 1;
    this.#open.set(second.atSeconds, { second: joined, parts });
    if (parts < this.#processes) return;
    this.#open.delete(second.atSeconds);
    this.all.push(joined);
    this.#onSecond(joined);
  }
}

/**
 * A command that fails makes the run fail: without it the run shows nothing. Its time counts from the start of the first generator,
 * as that of the sockets does: a process may take seconds to start on a busy machine.
 */
function runDuring(
  { command, atSeconds }: { command: string; atSeconds: number },
  rampSeconds: number,
  begun: Promise<void>,
): { readonly ended: Promise<void>; stop(): void } {
  const stopped = new AbortController();
  const ended = commandAfter(begun, (rampSeconds + atSeconds) * 1_000, command, stopped.signal);
  // The run looks at it when it is over.
  ended.catch(() => undefined);
  return { ended, stop: () => stopped.abort() };
}

async function commandAfter(
  begun: Promise<void>,
  waitMs: number,
  command: string,
  signal: AbortSignal,
): Promise<void> {
  await begun;
  await sleep(waitMs, undefined, { signal });
  const child = spawn(command, { shell: true, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new RunFailure(`the command of --during ended with ${code}`);
}
