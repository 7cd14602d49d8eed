import { spawn, type ChildProcess } from "node:child_process";
import { Backoff, type ReadyMessage } from "@natter/runtime";
import { childEnvironment, withSettings } from "./child-environment.ts";
import { LastOutput } from "./last-output.ts";
import { StartFailure } from "../start-failure.ts";
import type { LogPrinter } from "./log-lines.ts";
import type { ProcessPlan } from "./process-plan.ts";
import { restartBounds, restartDelayMs } from "./restart-delay.ts";

export interface SupervisedOptions {
  readonly printer: LogPrinter;
  readonly say: (line: string) => void;
  /** Called when the pid or the URL changes. */
  readonly onChange: () => void;
  /** Of a program without an IPC channel: resolves with true when it is ready, with false when `isOver`. */
  readonly probe?: (isOver: () => boolean) => Promise<boolean>;
  readonly url?: string;
  readonly variables: NodeJS.ProcessEnv;
}

const stopDeadlineMs = 17_000;

/** A process that starts again whenever it ends, until it is stopped. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #options: SupervisedOptions;
  readonly #backoff = new Backoff(restartBounds);
  /** Settles with the first run. */
  readonly #ready = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #startedAt = new Date();
  /** The same moment on the monotonic clock. */
  #startedAtMs = 0;
  #stopping = false;
  #wasReady = false;
  #restart: NodeJS.Timeout | undefined;
  #lastOutput = new LastOutput();

  constructor(plan: ProcessPlan, options: SupervisedOptions) {
    this.plan = plan;
    this.#options = options;
    this.#url = options.url;
  }

  /** `undefined` between its end and its restart. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get url(): string | undefined {
    return this.#url;
  }

  get startedAt(): Date {
    return this.#startedAt;
  }

  /** Resolves when the process is ready. @throws StartFailure if it ends before that */
  async start(): Promise<void> {
    this.#run();
    await this.#ready.promise;
  }

  /** SIGTERM, and after a deadline SIGKILL. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    // A process that somebody froze handles no SIGTERM.
    child.kill("SIGCONT");
    const timer = setTimeout(() => {
      this.#options.say(`${this.plan.instance} does not stop, killing it`);
      child.kill("SIGKILL");
    }, stopDeadlineMs);
    await ended;
    clearTimeout(timer);
  }

  /** SIGKILL, without waiting for the end. */
  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#child?.kill("SIGKILL");
  }

  #run(): void {
    const { role, command, args, env } = this.plan;
    const { probe, variables, onChange } = this.#options;
    // A process group of its own: Ctrl-C reaches the supervisor alone, and that stops its processes in order.
    const child = spawn(command, args, {
      env: withSettings(childEnvironment(role, variables), { ...env, ...this.#portOfBefore() }),
      detached: true,
      stdio: probe === undefined ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#startedAt = new Date();
    this.#startedAtMs = performance.now();
    this.#follow(child);
    child.on("error", (error) => {
      if (child.pid === undefined) this.#onEnd(child, `cannot be started (${error.message})`);
    });
    // Not "exit": the last output may arrive after it.
    child.on("close", (code, signal) =>
      this.#onEnd(child, signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    );
    child.on("message", (message: ReadyMessage) => {
      if (message.type !== "ready") return;
      this.#url = message.url ?? this.#url;
      this.#onReady();
    });
    onChange();
    void probe?.(() => this.#child !== child).then((ready) => {
      if (ready) this.#onReady();
    });
  }

  #follow({ stdout, stderr }: ChildProcess): void {
    this.#lastOutput = new LastOutput();
    const onLine = (line: string): void => this.#lastOutput.add(line);
    for (const output of [stdout, stderr])
      if (output) this.#options.printer.follow(this.plan.instance, output, onLine);
  }

  #onReady(): void {
    this.#wasReady = true;
    this.#options.onChange();
    this.#ready.resolve();
  }

  #onEnd(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#options.onChange();
    const { instance } = this.plan;
    if (!this.#wasReady)
      this.#ready.reject(new StartFailure(`${instance} ${how} before it was ready${this.#lastOutput.text}`));
    if (!this.#wasReady || this.#stopping) return;
    const delayMs = restartDelayMs(this.#backoff, performance.now() - this.#startedAtMs);
    this.#options.say(`${instance} ${how}, starting it again in ${delayMs} ms`);
    this.#restart = setTimeout(() => this.#run(), delayMs);
  }

  /** A process that took a free port keeps it after a restart, because other processes know it by then. */
  #portOfBefore(): Record<string, string> {
    const port = this.plan.env["PORT"] === "0" && this.#url !== undefined ? new URL(this.#url).port : "";
    return port === "" ? {} : { PORT: port };
  }
}
