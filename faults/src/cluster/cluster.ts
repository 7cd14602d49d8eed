import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@natter/nats-server";
import { openTestMongo, testBinary, type TestMongo } from "@natter/testing";
import { BrokerLine } from "../links/broker-line.ts";
import { TcpProxy } from "../links/tcp-proxy.ts";
import { BrokerWatch } from "./broker-watch.ts";
import { Brokers } from "./brokers.ts";
import { Operator } from "./operator.ts";
import { readMongo, readSqlite } from "./stored-text.ts";
import { Part } from "./part.ts";

export type StoreKind = "sqlite" | "mongodb";

export interface ClusterSettings {
  readonly store: StoreKind;
  /** How many nats-servers the broker has. With more than one the log has a replica on each, up to five. */
  readonly brokers: number;
  /** Holds the data and the logs of all processes. */
  readonly folder: string;
  /** For every service. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A process and its links. */
export interface Member {
  readonly part: Part;
  readonly broker: BrokerLine;
  /** To the model, of a worker; to the database, of a recorder; from the clients, of a gateway. */
  readonly line: TcpProxy | undefined;
}

interface Running {
  readonly brokers: Brokers;
  readonly watch: BrokerWatch;
  readonly model: Part;
  readonly operator: Operator;
}

const of = (path: string): string => fileURLToPath(new URL(`../../../${path}/src/main.ts`, import.meta.url));
const twice = [1, 2] as const;
/** Of a stream, as JetStream allows it. */
const mostReplicas = 5;
/** The waits for the model are short, so that a silent one is found within a scenario. */
const usual = { NATTER_MODEL_FIRST_TOKEN_MS: "8000", NATTER_MODEL_IDLE_MS: "5000", NATTER_REPLY_MS: "90000" };

/** All of natter as real processes, each link through a proxy of ours. */
export class Cluster implements AsyncDisposable {
  readonly settings: ClusterSettings;
  readonly gateways: Member[] = [];
  readonly workers: Member[] = [];
  readonly recorders: Member[] = [];
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
    return join(this.settings.folder, "natter.db");
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
    const brokers = await Brokers.plan({ binary: await testBinary(), count: this.settings.brokers, folder });
    this.#open.push(brokers);
    await brokers.start();
    const model = this.#part("demo-model", "apps/demo-model", { PORT: String(await freePort()) });
    await model.start();
    const operator = await Operator.connect(brokers.urls);
    this.#open.push(operator);
    this.#parts = { brokers, watch: new BrokerWatch(brokers), model, operator };
    if (store === "mongodb") this.#mongo = await openTestMongo(process.env);
    for (const index of twice) this.recorders.push(await this.#recorder(index));
    for (const index of twice) this.workers.push(await this.#worker(index));
    for (const index of twice) this.gateways.push(await this.#gateway(index));
    // One after another: nobody makes the stream or the schema at the same time as somebody else here.
    for (const { part } of this.members) await part.start();
  }

  async #recorder(index: number): Promise<Member> {
    const broker = await this.#brokerLine();
    const { url, line } = await this.#store();
    const part = this.#part(`persistence-${index}`, "services/persistence", {
      NATS_URL: broker.url,
      STORE_URL: url,
    });
    return { part, broker, line };
  }

  async #store(): Promise<{ url: string; line: TcpProxy | undefined }> {
    if (this.settings.store === "sqlite") return { url: `sqlite://${this.storeFile}`, line: undefined };
    if (!this.#mongo) throw new Error("there is no MongoDB: set MONGODB_TEST_URL");
    const url = new URL(this.#mongo.url);
    const line = await TcpProxy.open({ host: url.hostname, port: Number(url.port || 27_017) });
    this.#open.push(line);
    url.host = `127.0.0.1:${line.port}`;
    // Without it the driver asks the server where it is, and goes around the proxy.
    url.searchParams.set("directConnection", "true");
    return { url: url.href, line };
  }

  async #worker(index: number): Promise<Member> {
    const broker = await this.#brokerLine();
    const line = await TcpProxy.open({ host: "127.0.0.1", port: Number(new URL(this.model.url).port) });
    this.#open.push(line);
    const part = this.#part(`llm-worker-${index}`, "services/llm-worker", {
      ...usual,
      NATS_URL: broker.url,
      OPENAI_BASE_URL: `http://127.0.0.1:${line.port}/v1`,
      OPENAI_API_KEY: "demo",
      OPENAI_MODEL: "demo",
      // The faults are about replies that change their owner.
      NATTER_DRAIN_SECONDS: "0",
    });
    return { part, broker, line };
  }

  async #gateway(index: number): Promise<Member> {
    const broker = await this.#brokerLine();
    const port = await freePort();
    const line = await TcpProxy.open({ host: "127.0.0.1", port });
    this.#open.push(line);
    const part = this.#part(`gateway-${index}`, "services/gateway", {
      NATS_URL: broker.url,
      PORT: String(port),
    });
    return { part, broker, line };
  }

  async #brokerLine(): Promise<BrokerLine> {
    const line = await BrokerLine.open(this.#running.brokers.ports);
    this.#open.push(line);
    return line;
  }

  #part(name: string, path: string, env: Record<string, string>): Part {
    const { folder, brokers, env: wanted } = this.settings;
    const replicas = String(Math.min(brokers, mostReplicas));
    const ofServices = { NATTER_STREAM_REPLICAS: replicas, ...wanted };
    const forAll = path.startsWith("services/") ? ofServices : {};
    return new Part(
      {
        name,
        command: process.execPath,
        args: [of(path)],
        env: { ...env, NATTER_INSTANCE: name, ...forAll },
      },
      folder,
    );
  }
}
