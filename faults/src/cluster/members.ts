/** The processes of natter's services, each with links of its own. */
import { fileURLToPath } from "node:url";
import { freePort } from "@natter/nats-server";
import { BrokerLine } from "../links/broker-line.ts";
import { TcpProxy } from "../links/tcp-proxy.ts";
import { Part } from "./part.ts";

/** A process and its links. */
export interface Member {
  readonly part: Part;
  readonly broker: BrokerLine;
  /** To the model, of a worker; to the database, of a recorder; from the clients, of a gateway. */
  readonly line: TcpProxy | undefined;
}

export interface Surroundings {
  /** For the logs. */
  readonly folder: string;
  readonly brokerPorts: readonly number[];
  readonly modelUrl: string;
  readonly storeUrl: string;
  /** For every service. */
  readonly env: Readonly<Record<string, string>>;
}

const mainOf = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}/src/main.ts`, import.meta.url));
/** The waits for the model are short, so that a silent one is found within a scenario. */
const usual = { NATTER_MODEL_FIRST_TOKEN_MS: "8000", NATTER_MODEL_IDLE_MS: "5000", NATTER_REPLY_MS: "90000" };

/** Plans processes and opens their links. Starts none. */
export class Members implements AsyncDisposable {
  readonly #around: Surroundings;
  readonly #open: AsyncDisposable[] = [];

  constructor(around: Surroundings) {
    this.#around = around;
  }

  async recorder(index: number): Promise<Member> {
    const { storeUrl } = this.#around;
    const isRemote = storeUrl.startsWith("mongodb");
    const { url, line } = isRemote ? await this.#linked(storeUrl) : { url: storeUrl, line: undefined };
    return this.#member(`persistence-${index}`, "services/persistence", { env: { STORE_URL: url }, line });
  }

  async worker(index: number): Promise<Member> {
    const line = await this.#lineTo("127.0.0.1", Number(new URL(this.#around.modelUrl).port));
    const env = {
      ...usual,
      OPENAI_BASE_URL: `http://127.0.0.1:${line.port}/v1`,
      OPENAI_API_KEY: "demo",
      OPENAI_MODEL: "demo",
      // The faults are about replies that change their owner.
      NATTER_DRAIN_SECONDS: "0",
    };
    return this.#member(`llm-worker-${index}`, "services/llm-worker", { env, line });
  }

  async gateway(index: number): Promise<Member> {
    const port = await freePort();
    const line = await this.#lineTo("127.0.0.1", port);
    return this.#member(`gateway-${index}`, "services/gateway", { env: { PORT: String(port) }, line });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of this.#open.toReversed()) await open[Symbol.asyncDispose]();
  }

  async #linked(mongoUrl: string): Promise<{ url: string; line: TcpProxy }> {
    const url = new URL(mongoUrl);
    const line = await this.#lineTo(url.hostname, Number(url.port || 27_017));
    url.host = `127.0.0.1:${line.port}`;
    // Without it the driver asks the server where it is, and goes around the proxy.
    url.searchParams.set("directConnection", "true");
    return { url: url.href, line };
  }

  async #lineTo(host: string, port: number): Promise<TcpProxy> {
    const line = await TcpProxy.open({ host, port });
    this.#open.push(line);
    return line;
  }

  async #member(
    name: string,
    path: string,
    { env, line }: { env: Readonly<Record<string, string>>; line: TcpProxy | undefined },
  ): Promise<Member> {
    const { folder, brokerPorts, env: ofAll } = this.#around;
    const broker = await BrokerLine.open(brokerPorts);
    this.#open.push(broker);
    const part = nodePart(name, path, { env: { ...env, NATS_URL: broker.url, ...ofAll }, folder });
    return { part, broker, line };
  }
}

/** A process of this repository. `path` is its package. */
export function nodePart(
  name: string,
  path: string,
  { env, folder }: { env: Readonly<Record<string, string>>; folder: string },
): Part {
  const args = [mainOf(path)];
  return new Part({ name, command: process.execPath, args, env: { ...env, NATTER_INSTANCE: name } }, folder);
}
