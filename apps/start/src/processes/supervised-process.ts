import { spawn, type ChildProcess } from "node:child_process";
import type { ReadyMessage } from "@natter/runtime";
import { Backoff } from "./backoff.ts";
import { childEnvironment } from "./child-environment.ts";
import { LastWords } from "./last-words.ts";
import type { LogPrinter } from "./log-lines.ts";
import type { ProcessPlan } from "./process-plan.ts";

export interface SupervisedOptions {
  readonly printer: LogPrinter;
  readonly say: (line: string) => void;
  /** Called when the pid or the url is another one. */
  readonly onChange: () => void;
  /** For a program that has no IPC channel: resolves with true when it is ready, with false when `isOver`. */
  readonly probe?: (isOver: () => boolean) => Promise<boolean>;
  readonly url?: string;
  readonly variables: NodeJS.ProcessEnv;
}

const stopDeadlineMs = 17_000;

/** What was to be started cannot be, or did not become ready. `message` is one line for the user. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

/** A process that is kept running until it is told to stop. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #options: SupervisedOptions;
  readonly #backoff = new Backoff();
  /** Of the first life: whoever starts it waits for this. */
  readonly #ready = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #startedAt = new Date();
  #stopping = false;
  #wasReady = false;
  #restart: NodeJS.Timeout | undefined;
  #lastWords = new LastWords();

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

  /** Resolves when it is ready. @throws StartFailure if it ends before that, however it ends */
  async start(): Promise<void> {
    this.#run();
    await this.#ready.promise;
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

  #run(): void {
    const { role, command, args, env } = this.plan;
    const { probe, variables, onChange } = this.#options;
    // A process group of its own: Ctrl-C reaches the supervisor alone, which stops the parts in their order.
    const child = spawn(command, args, {
      env: { ...childEnvironment(role, variables), ...env, ...this.#portOfBefore() },
      detached: true,
      stdio: probe === undefined ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#startedAt = new Date();
    this.#backoff.started();
    this.#follow(child);
    child.on("error", (error) => {
      if (child.pid === undefined) this.#onEnd(child, `cannot be started (${error.message})`);
    });
    // Not "exit": what it said last may still be on its way.
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
    this.#lastWords = new LastWords();
    const hear = (line: string): void => this.#lastWords.hear(line);
    for (const output of [stdout, stderr])
      if (output) this.#options.printer.follow(this.plan.instance, output, hear);
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
      this.#ready.reject(new StartFailure(`${instance} ${how} before it was ready${this.#lastWords.text}`));
    if (!this.#wasReady || this.#stopping) return;
    const delayMs = this.#backoff.nextDelayMs();
    this.#options.say(`${instance} ${how}, starting it again in ${delayMs} ms`);
    this.#restart = setTimeout(() => this.#run(), delayMs);
  }

  /** A part that took a free port keeps it, because others know it by then. */
  #portOfBefore(): Record<string, string> {
    const port = this.plan.env["PORT"] === "0" && this.#url !== undefined ? new URL(this.#url).port : "";
    return port === "" ? {} : { PORT: port };
  }
}
