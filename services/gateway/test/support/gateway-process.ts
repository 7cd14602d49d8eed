import { randomUUIDv7 } from "node:crypto";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ChatClient, freePort, startNatsServer, waitFor, type TestNatsServer } from "@natter/testing";

const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A gateway in a process of its own, so that what kills a process is seen, and a person who is not concerned. */
export class GatewayProcess implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: TestNatsServer;
  readonly #child: ChildProcess;
  readonly #witness: ChatClient;
  /** What it has logged so far. */
  output = "";

  private constructor(parts: {
    port: number;
    server: TestNatsServer;
    child: ChildProcess;
    witness: ChatClient;
  }) {
    this.url = `http://127.0.0.1:${parts.port}`;
    this.port = parts.port;
    this.server = parts.server;
    this.#child = parts.child;
    this.#witness = parts.witness;
  }

  static async start(): Promise<GatewayProcess> {
    const server = await startNatsServer();
    const port = await freePort();
    const env = {
      ...process.env,
      NATS_URL: server.url,
      PORT: String(port),
      NATTER_INSTANCE: "gateway",
      // Nobody answers here.
      NATTER_OPEN_PROMPTS: "100000",
    };
    const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "pipe"] });
    const url = `http://127.0.0.1:${port}`;
    const isReady = async (): Promise<boolean> =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await waitFor(isReady, { what: "the gateway", timeoutMs: 20_000 });
    const witness = await ChatClient.connect(url, "witness");
    const gateway = new GatewayProcess({ port, server, child, witness });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => (gateway.output += data.toString()));
    return gateway;
  }

  /** Somebody else's message is stored and shown as ever. @throws if the process or that socket took harm */
  async expectHealthy(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) throw new Error(`the gateway has ended:\n${this.output}`);
    // An id that carries its time needs no store to be known as new.
    const id = randomUUIDv7();
    this.#witness.send({ id, message: "still here?" });
    await this.#witness.next("ack", (ack) => ack.id === id);
    await this.#witness.next("message", (message) => message.clientId === id);
    if (/"level":(?:60|"fatal")|uncaught|unhandled|a request failed|could not be handled/i.test(this.output))
      throw new Error(`the gateway has logged a defect:\n${this.output}`);
  }

  /** What the process takes of the machine's memory. Linux. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#witness.close();
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
    await this.server.stop();
  }
}
