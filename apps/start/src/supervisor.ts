import { randomBytes } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { findNatsServer, portProblem } from "@natter/nats-server";
import { openBrokerSecret } from "./broker-secret.ts";
import { toolEnvironment } from "./child-environment.ts";
import { openDataDir } from "./data-dir.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { endLeftovers } from "./leftovers.ts";
import type { LogPrinter } from "./log-lines.ts";
import type { Options } from "./options.ts";
import { startOwnBroker } from "./own-broker.ts";
import { PageBuild } from "./page-build.ts";
import { planDemoModel, planServices, type ProcessPlan } from "./process-plan.ts";
import { RunFile, type RunEntry } from "./run-file.ts";
import { StartFailure, SupervisedProcess, type SupervisedOptions } from "./supervised-process.ts";

/** Starts the parts in their order, keeps them running, and stops them the other way round. */
export class Supervisor {
  readonly #options: Options;
  readonly #printer: LogPrinter;
  readonly #say: (line: string) => void;
  readonly #variables: NodeJS.ProcessEnv;
  readonly #startedAt = new Date();
  /** Of all processes of this start, so that nobody takes another's for them. */
  readonly #mark = `natter-${randomBytes(8).toString("hex")}`;
  #dataDir: string;
  readonly #processes = new Set<SupervisedProcess>();
  readonly #runFile: RunFile;
  readonly #pageBuild: PageBuild;
  #lock: { release(): void } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: Options, printer: LogPrinter, variables: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#dataDir = options.dataDir;
    this.#printer = printer;
    this.#say = printer.lines("start");
    this.#variables = variables;
    this.#runFile = new RunFile(options.dataDir);
    this.#pageBuild = new PageBuild(this.#say);
  }

  /**
   * Resolves with the gateways' URLs when everything is ready.
   *
   * @throws DataDirTaken, NoNatsServer, StartFailure
   */
  async start(): Promise<string[]> {
    const { dataDir, natsUrl, hasModel } = this.#options;
    await openDataDir(dataDir);
    this.#lock = lockDataDir(dataDir);
    this.#dataDir = await realpath(dataDir);
    const left = await endLeftovers(await this.#runFile.read(), {
      dataDir: this.#dataDir,
      natsConfigFile: this.#natsConfigFile,
    });
    const processes = left === 1 ? "process" : "processes";
    if (left > 0) this.#say(`ended ${left} ${processes} that an earlier start had left behind`);
    // Before the first process: a start that is killed in the next instant can be tidied up after.
    await this.#writeRunFile();
    await this.#refuseTakenPorts();
    await this.#pageBuild.run();
    const url = natsUrl ?? (await this.#startNats());
    const demoModelUrl = hasModel ? undefined : await this.#startDemoModel();
    for (const plan of planServices(this.#options, { natsUrl: url, demoModelUrl }))
      await this.#startNode(plan);
    return [...this.#processes]
      .filter(({ plan }) => plan.role === "gateway")
      .map((gateway) => gateway.url ?? "");
  }

  /** In the order of starting, backwards. Calls after the first wait for it. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    await this.#stopped;
  }

  killAll(): void {
    this.#pageBuild.stop();
    for (const supervised of this.#processes) supervised.kill();
  }

  get #natsConfigFile(): string {
    return join(this.#options.dataDir, "nats.conf");
  }

  async #startNats(): Promise<string> {
    const { dataDir } = this.#options;
    const { path, version } = await findNatsServer(join(dataDir, "cache"), {
      say: this.#say,
      variables: toolEnvironment(this.#variables),
      accept: this.#options.natsServer,
    });
    return startOwnBroker({
      command: path,
      version,
      mark: this.#mark,
      secret: await openBrokerSecret(dataDir),
      configFile: this.#natsConfigFile,
      storeDir: join(dataDir, "nats"),
      say: this.#say,
      launch: async (plan, how) => this.#launch(plan, how),
    });
  }

  async #startDemoModel(): Promise<string> {
    const demo = await this.#startNode(planDemoModel());
    this.#say(
      "no model is set, so a demo model answers: set OPENAI_API_KEY or OPENAI_BASE_URL for a real one",
    );
    if (this.#options.modelApi !== "chat")
      this.#say(
        `the demo model speaks Chat Completions, so NATTER_MODEL_API=${this.#options.modelApi} waits for a real one`,
      );
    return demo.url ?? "";
  }

  async #startNode(plan: ProcessPlan): Promise<SupervisedProcess> {
    try {
      return await this.#launch({ ...plan, args: [...plan.args, this.#mark] }, {});
    } catch (error) {
      // Somebody took it after we had looked.
      if (plan.role === "gateway") await this.#refuseTakenPort(Number(plan.env["PORT"]));
      throw error;
    }
  }

  async #launch(
    plan: ProcessPlan,
    how: Pick<SupervisedOptions, "probe" | "url">,
  ): Promise<SupervisedProcess> {
    if (this.#stopped) throw new StartFailure("stopped while starting");
    const supervised = new SupervisedProcess(plan, {
      printer: this.#printer,
      say: this.#say,
      onChange: () => void this.#noteChange(),
      variables: this.#variables,
      ...how,
    });
    this.#processes.add(supervised);
    try {
      await supervised.start();
      return supervised;
    } catch (error) {
      this.#processes.delete(supervised);
      throw error;
    }
  }

  async #refuseTakenPorts(): Promise<void> {
    const { port, gateways } = this.#options;
    for (let index = 0; index < (port === 0 ? 1 : gateways); index++)
      await this.#refuseTakenPort(port + index);
  }

  async #refuseTakenPort(port: number): Promise<void> {
    const { host } = this.#options;
    const problem = await portProblem(port, host);
    if (problem === "EADDRINUSE") throw new StartFailure(`port ${port} is taken: set PORT to a free one`);
    if (problem !== undefined)
      throw new StartFailure(
        `nobody can listen on port ${port} of ${host} (${problem}): set PORT or NATTER_HOST`,
      );
  }

  /** The parts run whether or not somebody wrote them down. The mark in the older file still finds them all. */
  async #noteChange(): Promise<void> {
    try {
      await this.#writeRunFile();
    } catch (error) {
      this.#say(`run.json is out of date: nobody can write it (${reasonOf(error)})`);
    }
  }

  async #writeRunFile(): Promise<void> {
    if (this.#stopped) return;
    const entries: RunEntry[] = [
      { role: "start", pid: process.pid, url: null, startedAt: this.#startedAt.toISOString() },
    ];
    for (const { plan, pid, url, startedAt } of this.#processes) {
      if (pid !== undefined)
        entries.push({ role: plan.role, pid, url: url ?? null, startedAt: startedAt.toISOString() });
    }
    await this.#runFile.write({ mark: this.#mark, dataDir: this.#dataDir, processes: entries });
  }

  async #stopAll(): Promise<void> {
    this.#pageBuild.stop();
    const backwards = [...this.#processes].toReversed();
    for (const role of new Set(backwards.map(({ plan }) => plan.role))) {
      await Promise.all(
        backwards.filter(({ plan }) => plan.role === role).map((supervised) => supervised.stop()),
      );
    }
    if (!this.#lock) return;
    try {
      await this.#runFile.remove();
    } catch (error) {
      this.#say(`run.json stays: nobody can remove it (${reasonOf(error)})`);
    } finally {
      this.#lock.release();
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
