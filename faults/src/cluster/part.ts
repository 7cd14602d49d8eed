import { createWriteStream, type WriteStream } from "node:fs";
import { ChildProgram, waitFor } from "@natter/testing";

export interface PartPlan {
  /** For example `gateway-1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Resolves with true when a program without an IPC channel is ready. */
  readonly probe?: () => Promise<boolean>;
}

/** An end of a process that nobody asked for. */
export interface Death {
  readonly name: string;
  readonly how: string;
}

/** One run of the program. */
interface Life {
  readonly program: ChildProgram;
  mayEnd: boolean;
}

const readyMs = 60_000;
const stopMs = 20_000;

/** One process of natter, its log lines in a file. After its end it starts again only when a scenario starts it. */
export class Part {
  readonly name: string;
  /** All lines of its outputs, from all of its lives. */
  readonly lines: string[] = [];
  readonly deaths: Death[] = [];
  readonly #plan: PartPlan;
  readonly #logFile: WriteStream;
  #life: Life | undefined;
  #url = "";
  #upsets = 0;

  constructor(plan: PartPlan, logFolder: string) {
    this.name = plan.name;
    this.#plan = plan;
    this.#logFile = createWriteStream(`${logFolder}/${plan.name}.log`, { flags: "a" });
  }

  get url(): string {
    return this.#url;
  }

  /** How often it was frozen or came to an end. */
  get upsets(): number {
    return this.#upsets;
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#life?.program.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#life?.program.isRunning === true;
  }

  /** @param env is added to its own for this one life; with a failpoint in it, it may end before it is ready */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.isRunning) return;
    const program = this.#begin(env);
    const { probe } = this.#plan;
    try {
      if (probe) await program.until("an answer to its probe", probe, readyMs);
      else this.#url = await program.untilReady(readyMs);
    } catch (error) {
      if (program.isRunning || env["NATTER_CRASH_AT"] === undefined) throw error;
    }
  }

  #begin(env: Readonly<Record<string, string>>): ChildProgram {
    const { name, command, args, probe } = this.#plan;
    const program = ChildProgram.start({
      name,
      command,
      args,
      env: { ...inherited(), ...this.#plan.env, ...env },
      isDetached: true,
      hasChannel: probe === undefined,
      onLine: (line) => this.#onLine(line),
    });
    const life = { program, mayEnd: env["NATTER_CRASH_AT"] !== undefined };
    this.#life = life;
    void program.ended.then(({ code, signal }) => {
      this.#upsets++;
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      this.#logFile.write(`--- ${name} ${how}\n`);
      if (!life.mayEnd) this.deaths.push({ name, how });
    });
    return program;
  }

  async kill(): Promise<void> {
    await this.#end(async (program) => program.kill());
  }

  /** SIGTERM. A process that does not stop in time is killed, and that counts as a death. */
  async stop(): Promise<void> {
    await this.#end(async (program) => {
      const { signal } = await program.stop(stopMs);
      if (signal === "SIGKILL")
        this.deaths.push({ name: this.name, how: `did not stop within ${stopMs} ms` });
    });
  }

  /** Sends a signal that asks for the end. Resolves when the process has ended by itself. */
  async endWith(signal: NodeJS.Signals, patienceMs: number): Promise<void> {
    await this.#end(async (program) => {
      program.signal(signal);
      await program.until(`its end after ${signal}`, () => !program.isRunning, patienceMs);
    });
  }

  async #end(end: (program: ChildProgram) => Promise<unknown>): Promise<void> {
    if (!this.#life) return;
    this.#life.mayEnd = true;
    if (this.isRunning) await end(this.#life.program);
  }

  /** Freezes it. */
  async pause(): Promise<void> {
    this.#upsets++;
    await this.#life?.program.freeze();
  }

  resume(): void {
    this.#life?.program.thaw();
  }

  /** Resolves when it died by itself, for example at a failpoint. */
  async ended(timeoutMs: number): Promise<boolean> {
    return waitFor(() => !this.isRunning, { what: `the end of ${this.name}`, timeoutMs }).catch(() => false);
  }

  #onLine(line: string): void {
    this.lines.push(line);
    this.#logFile.write(`${line}\n`);
  }
}

/** What every process needs of the harness's own environment. No setting of natter is among it. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG", "TZ"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
