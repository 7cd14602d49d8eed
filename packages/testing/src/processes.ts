/**
 * The one wrapper around a child process, for tests, faults and benches. It is our own, because execa does not do what these
 * need most: freeze a process, wait for a line or a report, and fail at once with the output if the process ends instead.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { ReadyMessage } from "@natter/runtime";
import { waitFor } from "./wait-for.ts";

export interface Program {
  /** Names the process in error messages, for example `gateway-1`. */
  readonly name: string;
  /** Node if it is left out. */
  readonly command?: string;
  readonly args: readonly string[];
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the program reports over Node's IPC channel that it is ready, as `runService` does. */
  readonly hasChannel?: boolean;
  /** Whether Ctrl-C is kept from the process, because its parent stops it in order. */
  readonly isDetached?: boolean;
  /** Called with each line of both outputs. */
  readonly onLine?: (line: string) => void;
}

/** How a process ended. Both are `null` if it could not be started. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const readyMs = 60_000;
const graceMs = 20_000;

const running = new Set<ChildProcess>();
// Tests that end early, for example by a timeout, must not leave servers behind.
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A program that runs in a process of its own. It ends with this process at the latest. */
export class ChildProgram implements AsyncDisposable {
  readonly name: string;
  /** Resolves when the process has ended and all of its output was collected. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #output = "";
  #errorOutput = "";
  #ready: ReadyMessage | undefined;

  private constructor(program: Program) {
    const { name, command = process.execPath, args, env, onLine } = program;
    this.name = name;
    const child = spawn(command, args, {
      env,
      detached: program.isDetached === true,
      stdio: program.hasChannel ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    running.add(child);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#errorOutput += text;
    });
    for (const input of onLine ? [child.stdout, child.stderr] : [])
      if (input) createInterface({ input }).on("line", (line) => onLine?.(line));
    child.on("message", (message: ReadyMessage) => {
      if (message.type === "ready") this.#ready = message;
    });
    this.ended = new Promise((resolve) => {
      child.on("error", (error) => {
        if (child.pid !== undefined) return;
        this.#output += `${name} cannot be started: ${error.message}\n`;
        resolve({ code: null, signal: null });
      });
      // Not "exit": the last output may arrive after it.
      child.once("close", (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
  }

  static start(program: Program): ChildProgram {
    return new ChildProgram(program);
  }

  /** 0 if it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Both outputs so far, in the order of arrival. */
  get output(): string {
    return this.#output;
  }

  /** Standard error alone, so far. */
  get errorOutput(): string {
    return this.#errorOutput;
  }

  /**
   * Waits until `look` finds something.
   *
   * @throws with the output of the program, if it ends before that or if `timeoutMs` pass
   */
  async until<T>(
    what: string,
    look: () => T | undefined | false | Promise<T | undefined | false>,
    timeoutMs = readyMs,
  ): Promise<T> {
    const lookAtRunning = async (): Promise<T | undefined | false> => {
      const wasRunning = this.isRunning;
      if (!wasRunning) await this.ended;
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (!wasRunning) throw new Error(`${this.name} ended too early`);
      return undefined;
    };
    try {
      return await waitFor(lookAtRunning, { what, timeoutMs });
    } catch (error) {
      throw new Error(`${this.name}: waited in vain for ${what}; its output:\n${this.#output}`, {
        cause: error,
      });
    }
  }

  /** Waits for the report of a program that has a channel. @returns its URL; empty if it serves none */
  async untilReady(timeoutMs = readyMs): Promise<string> {
    const { url = "" } = await this.until("its report that it is ready", () => this.#ready, timeoutMs);
    return url;
  }

  /** Waits for output that matches. */
  async untilPrinted(pattern: RegExp, timeoutMs = readyMs): Promise<RegExpExecArray> {
    return this.until(String(pattern), () => pattern.exec(this.#output) ?? undefined, timeoutMs);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when every thread of the process stands still. A frozen process keeps its sockets and answers nothing. */
  async freeze(): Promise<void> {
    this.signal("SIGSTOP");
    await waitFor(async () => !this.isRunning || isFrozen(this.pid), { what: `a frozen ${this.name}` });
  }

  /** The process goes on after `freeze`. */
  thaw(): void {
    this.signal("SIGCONT");
  }

  /** SIGTERM, and SIGKILL for a process that has not ended after `patienceMs`. */
  async stop(patienceMs = graceMs): Promise<Ending> {
    this.signal("SIGTERM");
    // A frozen process handles no SIGTERM.
    this.thaw();
    const timer = setTimeout(() => this.signal("SIGKILL"), patienceMs);
    const ending = await this.ended;
    clearTimeout(timer);
    return ending;
  }

  /** SIGKILL. Resolves when the process is gone. */
  async kill(): Promise<Ending> {
    this.signal("SIGKILL");
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** The threads of a process stop one after another, and one that still runs may answer. Linux tells; elsewhere this guesses. */
async function isFrozen(pid: number): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8").catch(() => "");
      return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    }),
  );
  return states.every((state) => state === "T");
}
