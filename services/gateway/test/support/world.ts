import { StoreClient, type Connection, type Msg, type SessionLog } from "@natter/session-log";
import {
  decodeObject,
  encodeFrame,
  subjects,
  type LogEvent,
  type RpcReply,
  type RpcVerb,
} from "@natter/protocol";
import {
  newSession,
  openLog,
  testStream,
  startNatsServer,
  waitFor,
  type TestNatsServer,
  recordingLogger,
  type RecordingLogger,
} from "@natter/testing";
import { createApp } from "../../src/app.ts";
import { defaultTimes, type Config, type GatewayTimes } from "../../src/config.ts";
import { requireDescribed } from "./described-answers.ts";
import { TestClient } from "./socket-client.ts";

export interface Gateway {
  readonly url: string;
  readonly logger: RecordingLogger;
  stop(): Promise<void>;
}

async function startGateway(
  server: TestNatsServer,
  config: Partial<Config> = {},
  times: Partial<GatewayTimes> = {},
): Promise<Gateway> {
  const logger = recordingLogger();
  const app = await createApp(
    {
      host: "127.0.0.1",
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      tls: "off",
      models: ["small", "large"],
      natsUrl: server.url,
      instance: "gateway",
      stream: testStream,
      openPromptsOfSession: 1_000_000,
      maxSockets: 1_000,
      readersMaxBytes: 134_217_728,
      times: { ...defaultTimes, ...times },
      ...config,
    },
    logger,
  );
  const { url = "" } = await app.start();
  let stopping: Promise<void> | undefined;
  return { url, logger, stop: () => (stopping ??= app.stop()) };
}

/** A broker, a gateway on it, and a second connection that is everybody else: workers, other gateways, the store. */
export class World implements AsyncDisposable {
  readonly server: TestNatsServer;
  readonly gateway: Gateway;
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly store: StoreClient;
  readonly #clients: TestClient[] = [];
  readonly #gateways: Gateway[] = [];
  #events = 0;

  private constructor(parts: {
    server: TestNatsServer;
    gateway: Gateway;
    connection: Connection;
    log: SessionLog;
  }) {
    this.server = parts.server;
    this.gateway = parts.gateway;
    this.connection = parts.connection;
    this.log = parts.log;
    this.store = new StoreClient(parts.connection);
  }

  static async start(config: Partial<Config> = {}, times: Partial<GatewayTimes> = {}): Promise<World> {
    const server = await startNatsServer();
    const gateway = await startGateway(server, config, times);
    const { connection, log } = await openLog(server, config.stream);
    return new World({ server, gateway, connection, log });
  }

  async anotherGateway(config: Partial<Config> = {}, times: Partial<GatewayTimes> = {}): Promise<Gateway> {
    const gateway = await startGateway(this.server, { instance: "gateway-2", ...config }, times);
    this.#gateways.push(gateway);
    return gateway;
  }

  /** A socket in `sessionId`; `query` is what comes after the question mark. */
  client(sessionId: string, query = "", gateway: Gateway = this.gateway): TestClient {
    const path = `/ws/chat/${sessionId}/${query === "" ? "" : `?${query}`}`;
    const client = new TestClient(gateway.url.replace("http", "ws") + path);
    this.#clients.push(client);
    return client;
  }

  /** The same, once it has joined. */
  async join(sessionId: string, query = "", gateway: Gateway = this.gateway): Promise<TestClient> {
    const client = this.client(sessionId, query, gateway);
    await client.next("connection");
    return client;
  }

  /** Sends a request, and checks that the HTTP description has its answer. */
  async get(
    path: string,
    init: RequestInit = {},
  ): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
    const response = await fetch(this.gateway.url + path, init);
    const { status, headers } = response;
    const text = await response.text();
    const json = decodeObject(new TextEncoder().encode(text));
    const [contentType = ""] = (headers.get("content-type") ?? "").split(";");
    requireDescribed({ method: init.method ?? "GET", path, status, contentType, body: json ?? text });
    return { status, headers, body: json ?? { text } };
  }

  /** Appends an event as another process would. */
  async append(sessionId: string, event: object): Promise<number> {
    const { seq } = await this.log.append(sessionId, encodeFrame(event), {
      eventId: `test-${this.#events++}`,
    });
    return seq;
  }

  async events(sessionId: string): Promise<LogEvent[]> {
    const events: LogEvent[] = [];
    for await (const { bytes } of this.log.read(sessionId, { after: 0 }))
      events.push(decodeObject(bytes) as unknown as LogEvent);
    return events;
  }

  /** Says something on the session's live subject, as workers do. */
  live(sessionId: string, frame: object): void {
    this.connection.publish(subjects.live(sessionId), encodeFrame(frame));
  }

  /** Answers a question of the gateway, in the place of persistence, until the answer's `stop`. */
  async answerRpc<V extends RpcVerb>(
    verb: V,
    answer: (question: Record<string, unknown>) => RpcReply<V> | undefined,
  ): Promise<() => void> {
    return this.answer(subjects.rpc(verb), (question) => answer(decodeObject(question.data) ?? {}));
  }

  async answer(subject: string, answer: (question: Msg) => object | undefined): Promise<() => void> {
    const subscription = this.connection.subscribe(subject, (message) => {
      const said = answer(message);
      if (said) message.respond(encodeFrame(said));
    });
    await this.connection.flush();
    return () => subscription.unsubscribe();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all([this.gateway, ...this.#gateways].map((gateway) => gateway.stop()));
    await this.connection.close();
    await this.server.stop();
  }
}

let minute = 0;

/** A user's message as the log holds it. */
export function messageEvent(id: string, text = id): object {
  minute++;
  return {
    type: "message",
    id,
    user: { id: "guest-1", name: "Ann" },
    sentAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    message: text,
    is_user: true,
  };
}

/** The frames of a reply `id` to the message `m`. */
export function replyFrames(id: string, attempt = 1) {
  const head = {
    user: { id: "ai", name: "AI" },
    sentAt: "2026-01-01T00:00:00.000Z",
    promptId: "p",
    messageId: "m",
  };
  return {
    start: () => ({ type: "ai_start", id, ...head, attempt, claim: "c", model: "demo" }),
    chunk: (n: number) => ({ type: "ai_chunk", id, attempt, n, chunk: `${n} ` }),
    soFar: (count: number) => ({ state: "replying", id, attempt, claim: "c", chunks: texts(count) }),
    complete: (count: number) => ({
      type: "ai_complete",
      id,
      ...head,
      attempt,
      chunks: count,
      message: texts(count).join(""),
      finishReason: "stop",
      model: "demo",
    }),
  };
}

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n} `);
}

export { newSession, waitFor };
