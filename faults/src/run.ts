import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check, type Verdict } from "./checker/check.ts";
import type { Evidence, Violation } from "./checker/evidence.ts";
import { Cluster, type StoreKind } from "./cluster/cluster.ts";
import { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { Stage, type Recovery } from "./stage.ts";

/** Of one scenario; all of them are in its folder. */
const mostShown = 8;

export interface RunOptions {
  readonly seed: number;
  readonly store: StoreKind;
  /** How many nats-servers the broker has. */
  readonly brokers: number;
  /** For the logs of every process and the evidence. */
  readonly folder: string;
  readonly say: (line: string) => void;
  /** Writes down what every client saw of good scenarios, too. */
  readonly keepsEvidence?: boolean;
}

export interface Outcome extends Verdict {
  readonly id: string;
  readonly recoveries: readonly Recovery[];
}

/** Runs scenarios one after another. Those that need the same settings share one cluster. */
export class Run implements AsyncDisposable {
  readonly #options: RunOptions;
  readonly #random: Random;
  #cluster: { readonly running: Cluster; readonly key: string } | undefined;
  #clusters = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  /** @throws if the cluster cannot be started; whatever the scenario throws is a finding */
  async play(scenario: Scenario): Promise<Outcome> {
    const { say } = this.#options;
    say(`\n${scenario.id}: ${scenario.title}`);
    const cluster = await this.#clusterFor(scenario);
    const stage = new Stage({ cluster, random: this.#random.fork(), say, ...scenario });
    const thrown = await scenario.run(stage).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error("it threw", { cause: error })),
    );
    const evidence = await stage.finish().catch(async (error: unknown) => {
      // What cannot be read any more would not serve the next scenario either.
      await this.#endCluster();
      stage.findings.push(unfinished(`the end: ${String(error)}`));
      return { sessions: [], disturbances: [], processes: [] };
    });
    const { counts, violations } = check(evidence);
    const outcome: Outcome = {
      id: scenario.id,
      counts,
      recoveries: stage.recoveries,
      violations: [...violations, ...stage.findings, ...findingsOf(stage, thrown)],
    };
    await this.#report(outcome, evidence);
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endCluster();
  }

  async #endCluster(): Promise<void> {
    await this.#cluster?.running[Symbol.asyncDispose]();
    this.#cluster = undefined;
  }

  async #clusterFor({ env = {}, hasSmallDisks = false }: Scenario): Promise<Cluster> {
    const key = JSON.stringify({ env, hasSmallDisks });
    if (this.#cluster?.key === key) return this.#cluster.running;
    await this.#endCluster();
    const folder = join(this.#options.folder, `cluster-${++this.#clusters}`);
    const { store, brokers } = this.#options;
    const running = await Cluster.start({ store, brokers, folder, env, hasSmallDisks });
    this.#cluster = { running, key };
    return running;
  }

  async #report({ id, counts, violations }: Outcome, evidence: Evidence): Promise<void> {
    const { say, folder } = this.#options;
    const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
    say(`  ${violations.length === 0 ? "good" : "BAD"}: ${numbers.join(", ")}`);
    if (violations.length === 0 && !this.#options.keepsEvidence) return;
    for (const { kind, sessionId, client, ids, detail } of violations.slice(0, mostShown))
      say(`  ${kind}: ${client ?? sessionId ?? ""} ${detail} [${ids.join(" ")}]`);
    if (violations.length > mostShown) say(`  and ${violations.length - mostShown} more`);
    const place = join(folder, id.replaceAll(/[^A-Za-z0-9_-]/g, "_"));
    say(`  evidence: ${place}`);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, "violations.json"), JSON.stringify(violations, undefined, 2));
    for (const session of evidence.sessions)
      await writeFile(join(place, `${session.sessionId}.jsonl`), linesOf(session));
  }
}

function linesOf({ journals, histories }: Evidence["sessions"][number]): string {
  const lines = [
    ...journals.flatMap(({ client, entries }) => entries.map((entry) => ({ client, ...entry }))),
    ...histories.map((history) => ({ kind: "history", ...history })),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function findingsOf({ recoveries, patienceMs }: Stage, thrown: Error | undefined): Violation[] {
  const slow = recoveries.filter(({ ms }) => ms >= patienceMs);
  return [
    ...slow.map(({ what, ms }) => unfinished(`${what}: not well after ${ms} ms`)),
    ...(thrown === undefined ? [] : [unfinished(`the scenario: ${thrown.stack ?? thrown.message}`)]),
  ];
}

function unfinished(detail: string): Violation {
  return { kind: "unfinished", ids: [], detail };
}
