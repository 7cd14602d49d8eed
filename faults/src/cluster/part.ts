import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { ReadyMessage } from "@natter/runtime";
import { waitFor } from "@natter/testing";

export interface PartPlan {
  /** For example `gateway-1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when it is ready, of a program without an IPC channel. */
  readonly probe?: () => Promise<boolean>;
}

/** An end of a process that nobody asked for. */
export interface Death {
  readonly name: string;
  readonly how: string;
}

const readyMs = 60_000;
const stopMs = 20_000;

/** One process of natter, its log in a file. It is started again only when somebody says so. */
export class Part {
  readonly name: string;
  /** Everything it said on its outputs, of all its lives. */
  readonly lines: string[] = [];
  readonly deaths: Death[] = [];
  readonly #plan: PartPlan;
  readonly #logFile: WriteStream;
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #isReady = false;
  #mayEnd = true;
  #upsets = 0;

  constructor(plan: PartPlan, logFolder: string) {
    this.name = plan.name;
    this.#plan = plan;
    this.#logFile = createWriteStream(`${logFolder}/${plan.name}.log`, { flags: "a" });
  }

  get url(): string {
    return this.#url ?? "";
  }

  /** How often it was frozen or came to an end. */
  get upsets(): number {
    return this.#upsets;
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** @param env is added to its own for this one life; with a crash point in it, it may end */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.isRunning) return;
    this.begin(env);
    await waitFor(() => this.#isReady || !this.isRunning, {
      what: `${this.name} to be ready`,
      timeoutMs: readyMs,
    });
    if (!this.#isReady && env["NATTER_CRASH_AT"] === undefined)
      throw new Error(`${this.name} did not start: ${this.lines.slice(-5).join("\n")}`);
  }

  /** Starts it without waiting for it. */
  begin(env: Readonly<Record<string, string>> = {}): void {
    const { command, args, probe } = this.#plan;
    this.#isReady = false;
    this.#mayEnd = env["NATTER_CRASH_AT"] !== undefined;
    const child = spawn(command, args, {
      env: { ...inherited(), ...this.#plan.env, ...env },
      // Ctrl-C is for the harness alone.
      detached: true,
      stdio: probe ? ["ignore", "pipe", "pipe"] : ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    // A harness that is killed leaves nothing behind.
    const reap = (): void => void child.kill("SIGKILL");
    process.once("exit", reap);
    for (const output of [child.stdout, child.stderr]) {
      if (output) createInterface({ input: output }).on("line", (line) => this.#onLine(line));
    }
    child.on("error", (error) => this.#onLine(`could not be started: ${error.message}`));
    child.on("message", (message: ReadyMessage) => {
      if (message.type !== "ready") return;
      this.#url = message.url;
      this.#isReady = true;
    });
    child.once("exit", (code, signal) => {
      process.off("exit", reap);
      this.#upsets++;
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      this.#logFile.write(`--- ${this.name} ${how}\n`);
      if (!this.#mayEnd) this.deaths.push({ name: this.name, how });
    });
    void probe?.().then((isReady) => {
      this.#isReady = isReady;
    });
  }

  /** SIGKILL, and wait for the end. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGTERM, and wait for the end. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Freezes it. */
  pause(): void {
    this.#upsets++;
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Resolves when it died by itself, for example at a crash point. */
  async ended(timeoutMs: number): Promise<boolean> {
    return waitFor(() => !this.isRunning, { what: `the end of ${this.name}`, timeoutMs }).catch(() => false);
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#mayEnd = true;
    if (!child || !this.isRunning) return;
    const ended = once(child, "exit");
    child.kill(signal);
    // One that is frozen cannot hear it.
    if (signal === "SIGTERM") child.kill("SIGCONT");
    const timer = setTimeout(() => {
      this.deaths.push({ name: this.name, how: `did not stop within ${stopMs} ms` });
      child.kill("SIGKILL");
    }, stopMs);
    await ended;
    clearTimeout(timer);
  }

  #onLine(line: string): void {
    this.lines.push(line);
    this.#logFile.write(`${line}\n`);
  }
}

/** What every process needs of the harness's own environment, and nothing that would be a setting. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG", "TZ"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
