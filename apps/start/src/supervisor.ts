import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brokerUser, configurationOf, findNatsServer, freePort, waitForGreeting } from "@natter/nats-server";
import { brokerSecret } from "./broker-secret.ts";
import { toolEnvironment } from "./child-environment.ts";
import { openDataDir } from "./data-dir.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { endLeftovers } from "./leftovers.ts";
import type { LogPrinter } from "./log-lines.ts";
import type { Options } from "./options.ts";
import { PageBuild } from "./page-build.ts";
import { planDemoModel, planServices, type ProcessPlan } from "./process-plan.ts";
import { RunFile, type RunEntry } from "./run-file.ts";
import { StartFailure, SupervisedProcess } from "./supervised-process.ts";

const usualNatsPort = 4_222;
const natsReadyMs = 60_000;
const mostNatsTries = 3;

/** Starts the parts in their order, keeps them running, and stops them the other way round. */
export class Supervisor {
  readonly #options: Options;
  readonly #printer: LogPrinter;
  readonly #say: (line: string) => void;
  readonly #variables: NodeJS.ProcessEnv;
  readonly #startedAt = new Date();
  readonly #processes: SupervisedProcess[] = [];
  readonly #runFile: RunFile;
  readonly #pageBuild: PageBuild;
  #lock: { release(): void } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: Options, printer: LogPrinter, variables: NodeJS.ProcessEnv) {
    this.#options = options;
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
    const left = await endLeftovers(await this.#runFile.read(), this.#natsConfigFile);
    if (left > 0) this.#say(`ended ${left} processes that an earlier start had left behind`);
    await this.#refuseTakenPorts();
    await this.#pageBuild.run();
    const url = natsUrl ?? (await this.#startNats());
    const demoModelUrl = hasModel ? undefined : await this.#startDemoModel();
    for (const plan of planServices(this.#options, { natsUrl: url, demoModelUrl }))
      await this.#startNode(plan);
    return this.#processes.filter(({ plan }) => plan.role === "gateway").map((gateway) => gateway.url ?? "");
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
    });
    const secret = await brokerSecret(dataDir);
    // Another program may take the port in the moment between the look at it and the server's start.
    for (let tries = 1; ; tries++) {
      const port = await freePort(usualNatsPort);
      const name = `natter-${randomUUID()}`;
      const configuration = configurationOf({ port, storeDir: join(dataDir, "nats"), version, name, secret });
      await writeFile(this.#natsConfigFile, configuration, { mode: 0o600 });
      this.#say(`nats-server ${version.join(".")} on port ${port}`);
      try {
        await this.#launchNats(path, { port, name });
        return `nats://${brokerUser}:${secret}@127.0.0.1:${port}`;
      } catch (error) {
        const isPortTaken = (await freePort(port)) !== port;
        if (!isPortTaken || this.#stopped || tries >= mostNatsTries) throw error;
        this.#processes.pop();
      }
    }
  }

  async #launchNats(command: string, { port, name }: { port: number; name: string }): Promise<void> {
    const args = ["-c", this.#natsConfigFile];
    const plan: ProcessPlan = { role: "nats", instance: "nats", command, args, env: {} };
    const probe = (): Promise<boolean> =>
      waitForGreeting(port, { timeoutMs: natsReadyMs, isOver: () => this.#stopped !== undefined, name });
    await this.#launch(plan, { probe, url: `nats://127.0.0.1:${port}` });
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
    return this.#launch(plan, {});
  }

  async #launch(
    plan: ProcessPlan,
    how: { probe?: () => Promise<boolean>; url?: string },
  ): Promise<SupervisedProcess> {
    if (this.#stopped) throw new StartFailure("stopped while starting");
    const supervised = new SupervisedProcess(plan, {
      printer: this.#printer,
      say: this.#say,
      onChange: () => void this.#writeRunFile(),
      variables: this.#variables,
      ...how,
    });
    this.#processes.push(supervised);
    await supervised.start();
    return supervised;
  }

  async #refuseTakenPorts(): Promise<void> {
    const { port, gateways } = this.#options;
    if (port === 0) return;
    for (let wanted = port; wanted < port + gateways; wanted++) {
      if ((await freePort(wanted)) !== wanted)
        throw new StartFailure(`port ${wanted} is taken: set PORT to a free one`);
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
    await this.#runFile.write(entries);
  }

  async #stopAll(): Promise<void> {
    this.#pageBuild.stop();
    const backwards = this.#processes.toReversed();
    for (const role of new Set(backwards.map(({ plan }) => plan.role))) {
      await Promise.all(
        backwards.filter(({ plan }) => plan.role === role).map((supervised) => supervised.stop()),
      );
    }
    if (this.#lock) await this.#runFile.remove();
    this.#lock?.release();
  }
}
