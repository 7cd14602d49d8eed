import { fileURLToPath } from "node:url";
import { freePort, waitFor } from "@natter/testing";
import { ChildServer } from "./child-server.ts";
import type { System } from "./system.ts";

const demoModel = fileURLToPath(new URL("../../../apps/demo-model/src/main.ts", import.meta.url));
const bareServer = fileURLToPath(new URL("bare-server.ts", import.meta.url));

/** The least that streams a model's answer to a browser: one process, no broker, no store. */
export class BareSystem implements System {
  readonly name = "bare ws";
  readonly #model: ChildServer;
  readonly #server: ChildServer;
  readonly #port: number;

  private constructor(model: ChildServer, server: ChildServer, port: number) {
    this.#model = model;
    this.#server = server;
    this.#port = port;
  }

  static async start(): Promise<BareSystem> {
    const modelPort = await freePort();
    const modelUrl = `http://127.0.0.1:${modelPort}/v1`;
    const model = new ChildServer(demoModel, { PORT: String(modelPort) });
    const port = await freePort();
    const server = new ChildServer(bareServer, { PORT: String(port), OPENAI_BASE_URL: modelUrl });
    await waitFor(async () => answers(`${modelUrl}/models`), { what: "the demo model" });
    await waitFor(async () => answers(`http://127.0.0.1:${port}/`), { what: "the bare server" });
    return new BareSystem(model, server, port);
  }

  socketUrl(sessionId: string): string {
    return `ws://127.0.0.1:${this.#port}/${sessionId}`;
  }

  async processes(): Promise<ReadonlyMap<string, readonly number[]>> {
    return new Map([["server", [this.#server.pid]]]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.kill();
    await this.#model.kill();
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
