import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@natter/nats-server";
import { openTestMongo, testBinary, type TestMongo } from "@natter/testing";
import { BrokerWatch } from "./broker-watch.ts";
import { Brokers, brokerNames } from "./brokers.ts";
import { Members, nodePart, type Member } from "./members.ts";
import { Operator } from "./operator.ts";
import { readMongo, readSqlite } from "./stored-text.ts";
import type { Part } from "./part.ts";
import { SmallDisk } from "./small-disk.ts";

export type StoreKind = "sqlite" | "mongodb";

export interface ClusterSettings {
  readonly store: StoreKind;
  /** How many nats-servers the broker has. With more than one the log has a replica on each, up to five. */
  readonly brokers: number;
  /** Holds the data and the logs of all processes. */
  readonly folder: string;
  /** Whether each broker and the SQLite store have a small disk of their own. */
  readonly hasSmallDisks?: boolean;
  /** For every service. */
  readonly env?: Readonly<Record<string, string>>;
}

interface Running {
  readonly brokers: Brokers;
  readonly watch: BrokerWatch;
  readonly model: Part;
  readonly operator: Operator;
}

const twice = [1, 2] as const;
const storeDisk = "store";
/** Of a stream, as JetStream allows it. */
const mostReplicas = 5;
/** All of natter as real processes, each link through a proxy of ours. */
export class Cluster implements AsyncDisposable {
  readonly settings: ClusterSettings;
  readonly gateways: Member[] = [];
  readonly workers: Member[] = [];
  readonly recorders: Member[] = [];
  /** By the name of the broker, or `store`. */
  disks: ReadonlyMap<string, SmallDisk> = new Map();
  readonly #open: AsyncDisposable[] = [];
  #parts: Running | undefined;
  #mongo: TestMongo | undefined;

  private constructor(settings: ClusterSettings) {
    this.settings = settings;
  }

  static async start(settings: ClusterSettings): Promise<Cluster> {
    const cluster = new Cluster(settings);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get brokers(): Brokers {
    return this.#running.brokers;
  }

  get watch(): BrokerWatch {
    return this.#running.watch;
  }

  get model(): Part {
    return this.#running.model;
  }

  get operator(): Operator {
    return this.#running.operator;
  }

  get members(): Member[] {
    return [...this.gateways, ...this.recorders, ...this.workers];
  }

  get parts(): Part[] {
    const { brokers, model } = this.#parts ?? {};
    return [...(brokers?.parts ?? []), ...(model ? [model] : []), ...this.members.map(({ part }) => part)];
  }

  /** How often each process was hurt, or its link to the broker. What its other links carry is not lost on them. */
  get upsets(): Map<string, number> {
    const upsets = new Map(this.parts.map((part) => [part.name, part.upsets]));
    for (const [name, count] of this.brokers.upsets) upsets.set(name, count);
    for (const { part, broker } of this.members) upsets.set(part.name, part.upsets + broker.upsets);
    return upsets;
  }

  /** Everything that the store has on its disk or in its tables, as text. */
  async readStore(): Promise<string> {
    if (this.#mongo) return readMongo(this.#mongo.url);
    return readSqlite(this.storeFile);
  }

  /** Of a SQLite store. */
  get storeFile(): string {
    return join(this.disks.get(storeDisk)?.folder ?? this.settings.folder, "natter.db");
  }

  /** Where clients connect, `127.0.0.1:<port>` each. */
  get addresses(): string[] {
    return this.gateways.map(({ line }) => `127.0.0.1:${line?.port ?? 0}`);
  }

  /** Whatever was done to it, undone: every process runs, every link is whole. */
  async heal(): Promise<void> {
    for (const { broker, line } of this.members) {
      broker.heal();
      line?.heal();
    }
    this.brokers.routes.heal();
    for (const part of this.parts) part.resume();
    await this.brokers.start();
    await Promise.all(this.parts.map((part) => part.start()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) {
      member.broker.heal();
      member.line?.heal();
    }
    await Promise.all([...this.gateways, ...this.workers].map(({ part }) => part.stop()));
    await Promise.all(this.recorders.map(({ part }) => part.stop()));
    for (const open of this.#open.toReversed()) await open[Symbol.asyncDispose]();
    await Promise.all(this.parts.map((part) => part.kill()));
    await this.#mongo?.close();
  }

  get #running(): Running {
    if (!this.#parts) throw new Error("the cluster does not run");
    return this.#parts;
  }

  async #start(): Promise<void> {
    const { folder, store } = this.settings;
    await mkdir(folder, { recursive: true });
    if (this.settings.hasSmallDisks)
      this.disks = await mountDisks(folder, [...brokerNames(this.settings.brokers), storeDisk]);
    this.#open.push(...this.disks.values());
    const brokers = await Brokers.plan({
      binary: await testBinary(),
      count: this.settings.brokers,
      folder,
      storeDirOf: (name) => join(this.disks.get(name)?.folder ?? folder, name),
    });
    this.#open.push(brokers);
    await brokers.start();
    const env = { PORT: String(await freePort()) };
    const model = nodePart("demo-model", "apps/demo-model", { env, folder });
    await model.start();
    const operator = await Operator.connect(brokers.urls);
    this.#open.push(operator);
    this.#parts = { brokers, watch: new BrokerWatch(brokers), model, operator };
    if (store === "mongodb") this.#mongo = await openTestMongo(process.env);
    const members = this.#planMembers(this.#parts);
    for (const index of twice) this.recorders.push(await members.recorder(index));
    for (const index of twice) this.workers.push(await members.worker(index));
    for (const index of twice) this.gateways.push(await members.gateway(index));
    // One after another: nobody makes the stream or the schema at the same time as somebody else here.
    for (const { part } of this.members) await part.start();
  }

  #planMembers({ brokers, model }: Running): Members {
    const { store, folder, env } = this.settings;
    if (store === "mongodb" && !this.#mongo) throw new Error("there is no MongoDB: set MONGODB_TEST_URL");
    const members = new Members({
      folder,
      brokerPorts: brokers.ports,
      modelUrl: model.url,
      storeUrl: this.#mongo?.url ?? `sqlite://${this.storeFile}`,
      env: { NATTER_STREAM_REPLICAS: String(Math.min(brokers.servers.length, mostReplicas)), ...env },
    });
    this.#open.push(members);
    return members;
  }
}

/** By name. */
async function mountDisks(folder: string, names: readonly string[]): Promise<Map<string, SmallDisk>> {
  const disks = new Map<string, SmallDisk>();
  for (const name of names) disks.set(name, await SmallDisk.mount(join(folder, `disk-${name}`)));
  return disks;
}
