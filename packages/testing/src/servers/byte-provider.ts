/** The far side of the network: a model's provider that writes the bytes it is told to, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface ByteAnswer {
  /** 200 unless said otherwise. */
  readonly status?: number;
  /** `text/event-stream` unless said otherwise. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Each piece is a write of its own. */
  readonly pieces: readonly (string | Uint8Array)[];
  /** `end` unless said otherwise: what becomes of the connection after the last piece. */
  readonly lastly?: "end" | "hold" | "reset";
  readonly headersAfterMs?: number;
  readonly pauseMs?: number;
}

export interface ProviderRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  /** How many requests came before it. */
  readonly number: number;
}

export class ByteProvider {
  readonly requests: ProviderRequest[] = [];
  /** Requests whose client went away before the answer was over. */
  aborted = 0;
  connections = 0;
  answer: (request: ProviderRequest) => ByteAnswer = () => ({ pieces: [] });
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ByteProvider> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const provider = new ByteProvider(server);
    server.on("connection", () => void provider.connections++);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const asked: ProviderRequest = {
          path: request.url ?? "",
          headers: request.headers,
          body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
          number: provider.requests.length,
        };
        provider.requests.push(asked);
        response.on("close", () => void (response.writableFinished || provider.aborted++));
        void write(response, provider.answer(asked));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  /** As `OPENAI_BASE_URL` has it. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

async function write(response: ServerResponse, answer: ByteAnswer): Promise<void> {
  if (answer.headersAfterMs !== undefined) await sleep(answer.headersAfterMs);
  response.socket?.setNoDelay(true);
  response.writeHead(answer.status ?? 200, { "content-type": "text/event-stream", ...answer.headers });
  response.flushHeaders();
  for (const piece of answer.pieces) {
    if (response.destroyed) return;
    response.write(piece);
    if (answer.pauseMs !== undefined) await sleep(answer.pauseMs);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  if (answer.lastly === "reset") response.socket?.resetAndDestroy();
  else if (answer.lastly !== "hold") response.end();
}
