import { randomBytes } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { findNatsServer } from "@natter/nats-server";
import { openBrokerSecret } from "./broker/broker-secret.ts";
import { toolEnvironment } from "./processes/child-environment.ts";
import { openDataDir } from "./data-dir/data-dir.ts";
import { lockDataDir } from "./data-dir/data-dir-lock.ts";
import { endLeftovers } from "./data-dir/leftovers.ts";
import type { LogPrinter } from "./processes/log-lines.ts";
import { refuseTakenPort, refuseTakenPorts } from "./free-ports.ts";
import type { Options } from "./options.ts";
import { startOwnBroker } from "./broker/own-broker.ts";
import { PageBuild } from "./page-build.ts";
import { planDemoModel, planServices, type ProcessPlan } from "./processes/process-plan.ts";
import { StartFailure } from "./start-failure.ts";
import { RunFile, runEntriesOf } from "./data-dir/run-file.ts";
import { SupervisedProcess, type SupervisedOptions } from "./processes/supervised-process.ts";

/** Starts all processes in order, restarts those that end, and stops all in the opposite order. */
export class Supervisor {
  readonly #options: Options;
  readonly #printer: LogPrinter;
  readonly #say: (line: string) => void;
  readonly #variables: NodeJS.ProcessEnv;
  readonly #startedAt = new Date();
  /** An argument of every process of this start, by which the next start knows them. */
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
    await this.#endLeftovers();
    // Before the first process starts: the next start finds the processes of this one by the mark in the file.
    await this.#writeRunFile();
    await refuseTakenPorts(this.#options);
    await this.#pageBuild.run();
    const brokerUrl = natsUrl ?? (await this.#startNats());
    const demoModelUrl = hasModel ? undefined : await this.#startDemoModel();
    for (const plan of planServices(this.#options, { natsUrl: brokerUrl, demoModelUrl }))
      await this.#startNode(plan);
    return [...this.#processes].flatMap(({ plan, url = "" }) => (plan.role === "gateway" ? [url] : []));
  }

  /** Stops all processes, the last one first. Later calls wait for the first one. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    await this.#stopped;
  }

  killAll(): void {
    this.#pageBuild.stop();
    for (const supervised of this.#processes) supervised.kill();
  }

  async #endLeftovers(): Promise<void> {
    const here = { dataDir: this.#dataDir, natsConfigFile: this.#natsConfigFile };
    const count = await endLeftovers(await this.#runFile.read(), here);
    const processes = count === 1 ? "process" : "processes";
    if (count > 0) this.#say(`ended ${count} ${processes} that an earlier start had left behind`);
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
    for (const line of demoModelNotices(this.#options.modelApi)) this.#say(line);
    return demo.url ?? "";
  }

  async #startNode(plan: ProcessPlan): Promise<SupervisedProcess> {
    try {
      return await this.#launch({ ...plan, args: [...plan.args, this.#mark] }, {});
    } catch (error) {
      // Another program may have taken the port after the first check.
      if (plan.role === "gateway") await refuseTakenPort(Number(plan.env["PORT"]), this.#options.host);
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

  /** A failure here ends nothing: the mark in the older file still finds all processes. */
  async #noteChange(): Promise<void> {
    await this.#writeRunFile().catch((error: unknown) =>
      this.#say(`run.json is out of date: nobody can write it (${reasonOf(error)})`),
    );
  }

  async #writeRunFile(): Promise<void> {
    if (this.#stopped) return;
    const processes = runEntriesOf(this.#startedAt, this.#processes);
    await this.#runFile.write({ mark: this.#mark, dataDir: this.#dataDir, processes });
  }

  async #stopAll(): Promise<void> {
    this.#pageBuild.stop();
    await stopBackwards([...this.#processes]);
    if (!this.#lock) return;
    await this.#runFile
      .remove()
      .catch((error: unknown) => this.#say(`run.json stays: nobody can remove it (${reasonOf(error)})`));
    this.#lock.release();
  }
}

function demoModelNotices(modelApi: Options["modelApi"]): string[] {
  return [
    "no model is set, so a demo model answers: set OPENAI_API_KEY or OPENAI_BASE_URL for a real one",
    ...(modelApi === "chat"
      ? []
      : [`the demo model speaks Chat Completions, so NATTER_MODEL_API=${modelApi} waits for a real one`]),
  ];
}

/** Roles are stopped in the opposite order of their start, the processes of one role together. */
async function stopBackwards(processes: readonly SupervisedProcess[]): Promise<void> {
  for (const sameRole of [...Map.groupBy(processes, ({ plan }) => plan.role).values()].toReversed())
    await Promise.all(sameRole.map((supervised) => supervised.stop()));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
