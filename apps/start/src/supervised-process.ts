import { spawn, type ChildProcess } from "node:child_process";
import type { ReadyMessage } from "@natter/service";
import { Backoff } from "./backoff.ts";
import { childEnvironment } from "./child-environment.ts";
import type { LogPrinter } from "./log-lines.ts";
import type { ProcessPlan } from "./process-plan.ts";

export interface SupervisedOptions {
  readonly printer: LogPrinter;
  readonly say: (line: string) => void;
  /** Called when the pid or the url is another one. */
  readonly onChange: () => void;
  /** For a program that has no IPC channel: resolves when it is ready. */
  readonly probe?: () => Promise<boolean>;
  readonly url?: string;
  readonly variables: NodeJS.ProcessEnv;
}

const stopDeadlineMs = 17_000;

/** The process ended before it was ready for the first time, by itself. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

/** A process that is kept running until it is told to stop. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #options: SupervisedOptions;
  readonly #backoff = new Backoff();
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #startedAt = new Date();
  #stopping = false;
  #wasReady = false;
  #restart: NodeJS.Timeout | undefined;
  #lastLine = "";

  constructor(plan: ProcessPlan, options: SupervisedOptions) {
    this.plan = plan;
    this.#options = options;
    this.#url = options.url;
  }

  /** `undefined` while it is between two lives. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get url(): string | undefined {
    return this.#url;
  }

  get startedAt(): Date {
    return this.#startedAt;
  }

  /** Resolves when it is ready. @throws StartFailure */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#run(resolve, reject));
  }

  /** SIGTERM, and after a deadline SIGKILL. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    // One that was frozen by hand cannot hear it.
    child.kill("SIGCONT");
    const timer = setTimeout(() => {
      this.#options.say(`${this.plan.instance} does not stop, killing it`);
      child.kill("SIGKILL");
    }, stopDeadlineMs);
    await ended;
    clearTimeout(timer);
  }

  /** At once, without a chance to tidy up. */
  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#child?.kill("SIGKILL");
  }

  #run(onReady: () => void, onFailure: (error: Error) => void): void {
    const { role, command, args, env, instance } = this.plan;
    const hasChannel = this.#options.probe === undefined;
    // A process group of its own: Ctrl-C reaches the supervisor alone, which stops the parts in their order.
    const child = spawn(command, args, {
      env: { ...childEnvironment(role, this.#options.variables), ...env, ...this.#portOfBefore() },
      detached: true,
      stdio: hasChannel ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#startedAt = new Date();
    this.#backoff.started();
    const remember = (line: string): void => void (this.#lastLine = line);
    if (child.stdout) this.#options.printer.follow(instance, child.stdout, remember);
    if (child.stderr) this.#options.printer.follow(instance, child.stderr, remember);
    child.on("error", onFailure);
    child.on("exit", (code, signal) => this.#onExit(code, signal, { onReady, onFailure }));
    child.on("message", (message: ReadyMessage) => {
      if (message.type !== "ready") return;
      this.#url = message.url ?? this.#url;
      this.#onReady(onReady);
    });
    this.#options.onChange();
    void this.#options.probe?.().then((ready) => {
      if (ready) this.#onReady(onReady);
    });
  }

  #onReady(onReady: () => void): void {
    this.#wasReady = true;
    this.#options.onChange();
    onReady();
  }

  #onExit(
    code: number | null,
    signal: NodeJS.Signals | null,
    first: { onReady: () => void; onFailure: (error: Error) => void },
  ): void {
    this.#child = undefined;
    this.#options.onChange();
    if (this.#stopping) return;
    const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
    if (!this.#wasReady) {
      first.onFailure(
        new StartFailure(`${this.plan.instance} ${how} before it was ready: ${this.#lastLine}`),
      );
      return;
    }
    const delayMs = this.#backoff.nextDelayMs();
    this.#options.say(`${this.plan.instance} ${how}, starting it again in ${delayMs} ms`);
    this.#restart = setTimeout(() => {
      this.#run(first.onReady, (error) =>
        this.#options.say(`${this.plan.instance} cannot be started: ${error.message}`),
      );
    }, delayMs);
  }

  /** A part that took a free port keeps it, because others know it by then. */
  #portOfBefore(): Record<string, string> {
    const port = this.plan.env["PORT"] === "0" && this.#url !== undefined ? new URL(this.#url).port : "";
    return port === "" ? {} : { PORT: port };
  }
}
