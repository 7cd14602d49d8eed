import { connect } from "@nats-io/transport-node";
import { limits } from "@natter/protocol";
import { errors, headers, type Msg, type NatsConnection, type Subscription } from "@nats-io/nats-core";
import { parseBrokerUrl } from "./broker-address.ts";
import { isOlder } from "./server-version.ts";

/** The part of a logger that this package uses. */
export interface BrokerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ConnectionOptions {
  /** With its secret, if the broker asks for one. It is never logged. */
  readonly url: string;
  /** Shown in the broker's own monitoring, for example `gateway-1`. */
  readonly name: string;
  readonly logger: BrokerLogger;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const oldestServer = [2, 9, 4] as const;
const recommendedServer = [2, 12, 12] as const;

const retryMs = 500;

/** The connection of the NATS client, for this package alone: the index does not export it. */
let clientOf: (connection: Connection) => NatsConnection;

/**
 * One connection to the broker for the whole process. It reconnects for ever. A message that is published while the
 * broker is away is lost without an error, so a caller that needs an answer checks `connected` first and then requests.
 */
export class Connection {
  readonly #client: NatsConnection;
  readonly #logger: BrokerLogger;
  readonly #reconnectListeners = new Set<() => void | Promise<void>>();
  readonly #waiting = new Set<() => void>();
  readonly #soon: { subject: string; bytes: Uint8Array }[] = [];
  #connected = true;

  static {
    clientOf = (connection) => connection.#client;
  }

  private constructor(client: NatsConnection, logger: BrokerLogger) {
    this.#client = client;
    this.#logger = logger;
  }

  /**
   * Resolves once the broker answered; waits for a broker that is not there yet.
   *
   * @throws if the server is too old to keep natter's promises, or takes only small messages
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const client = await connectPatiently(options);
    const connection = new Connection(client, options.logger);
    connection.#checkServer();
    void connection.#watch();
    return connection;
  }

  /** Whether the broker was there a moment ago. */
  get connected(): boolean {
    return this.#connected;
  }

  /** `[major, minor, patch]` of the server. */
  get serverVersion(): readonly number[] {
    return (this.#client.info?.version ?? "0.0.0").split(/[.-]/).slice(0, 3).map(Number);
  }

  /** The largest message that the broker takes, in bytes. */
  get maxMessageBytes(): number {
    return this.#client.info?.max_payload ?? limits.brokerMessageBytes;
  }

  /** Runs after every reconnect. An error of a listener is logged. */
  onReconnect(listener: () => void | Promise<void>): void {
    this.#reconnectListeners.add(listener);
  }

  /** Resolves with `connected` when the broker is there, or after `timeoutMs`. */
  async whenConnected(timeoutMs: number): Promise<boolean> {
    if (this.#connected) return true;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiting.add(wake);
    });
    return this.#connected;
  }

  /**
   * Core publish: at most once, without an acknowledgement. It never throws, because some callers run in a timer, and
   * others have an event in the log already, which an error here would not undo.
   */
  publish(subject: string, bytes: Uint8Array): void {
    if (this.#client.isClosed()) return;
    try {
      this.#client.publish(subject, bytes);
    } catch (error) {
      this.#logger.warn({ err: error, subject, bytes: bytes.length }, "could not publish");
    }
  }

  /**
   * Core publish of all messages of one turn of the event loop in one write to the socket. The broker's cost is per
   * packet, so many streams together cost little more than one.
   */
  publishSoon(subject: string, bytes: Uint8Array): void {
    if (this.#soon.length === 0) setImmediate(this.#publishTurn);
    this.#soon.push({ subject, bytes });
  }

  readonly #publishTurn = (): void => {
    for (const { subject, bytes } of this.#soon) this.publish(subject, bytes);
    this.#soon.length = 0;
  };

  /** Sends what `publishSoon` has buffered and resolves when the broker has seen everything published so far. */
  async flush(): Promise<void> {
    this.#publishTurn();
    await this.#client.flush();
  }

  /**
   * Resolves with the answer of one subscriber.
   *
   * @throws an error of the client: a timeout, a lost connection, or that nobody subscribes (`isNoResponders`)
   */
  async request(subject: string, bytes: Uint8Array, options: RequestOptions): Promise<Msg> {
    const { timeoutMs: timeout, headers: fields } = options;
    if (!fields) return this.#client.request(subject, bytes, { timeout });
    const header = headers();
    for (const [name, value] of Object.entries(fields)) header.set(name, value);
    return this.#client.request(subject, bytes, { timeout, headers: header });
  }

  /** A callback that throws would stop the client's reader of this connection, so its error is caught and logged. */
  subscribe(subject: string, onMessage: (message: Msg) => void, queue?: string): Subscription {
    return this.#client.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error) {
          this.#logger.error({ err: error, subject }, "subscription failed");
          return;
        }
        try {
          onMessage(message);
        } catch (thrown) {
          this.#logger.error({ err: thrown, subject }, "message handler failed");
        }
      },
    });
  }

  /** Drains with a deadline: `drain` of a connection that is away never ends by itself. */
  async close(): Promise<void> {
    if (this.#client.isClosed()) return;
    this.#publishTurn();
    const drained = this.#client.drain().catch(() => undefined);
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
    await this.#client.close();
  }

  #checkServer(): void {
    const version = this.serverVersion;
    const name = version.join(".");
    if (this.maxMessageBytes < limits.brokerMessageBytes) {
      throw new Error(
        `nats-server takes messages of ${this.maxMessageBytes} bytes: natter needs a max_payload of ${limits.brokerMessageBytes}`,
      );
    }
    if (isOlder(version, oldestServer))
      throw new Error(`nats-server ${name} is too old: natter needs ${oldestServer.join(".")} or newer`);
    if (isOlder(version, recommendedServer)) {
      const recommended = recommendedServer.join(".");
      this.#logger.warn({ version: name }, `nats-server is old, ${recommended} or newer is recommended`);
    }
  }

  /** The process's only reader of the status iterator, which is an unbounded queue. */
  async #watch(): Promise<void> {
    for await (const status of this.#client.status()) {
      if (status.type === "disconnect") {
        this.#connected = false;
        this.#logger.warn({}, "broker away");
      } else if (status.type === "reconnect") {
        this.#connected = true;
        this.#logger.info({}, "broker back");
        for (const wake of this.#waiting) wake();
        for (const listener of this.#reconnectListeners) void this.#run(listener);
      } else if (status.type === "error") {
        this.#logger.error({ err: status.error }, "broker refused something");
      }
    }
    // The iterator ends with the connection.
    this.#connected = false;
    for (const wake of this.#waiting) wake();
  }

  async #run(listener: () => void | Promise<void>): Promise<void> {
    try {
      await listener();
    } catch (error) {
      this.#logger.error({ err: error }, "reconnect handler failed");
    }
  }
}

export { clientOf };

/** Tries until the broker takes us. A broker that refuses the secret may get it later than this process did. */
async function connectPatiently({ url, name, logger }: ConnectionOptions): Promise<NatsConnection> {
  const address = parseBrokerUrl(url);
  for (let logged = ""; ;) {
    try {
      return await connect({
        ...address,
        name,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 500,
        reconnectJitterTLS: 500,
        // A half-open connection is found within three of these.
        pingInterval: 5_000,
        maxPingOut: 2,
        timeout: 5_000,
        inboxPrefix: `_INBOX_${name.replaceAll(/[^A-Za-z0-9_-]/g, "_")}`,
        noAsyncTraces: true,
        ignoreAuthErrorAbort: true,
      });
    } catch (error) {
      // The URL itself is wrong, and waiting does not help.
      if (error instanceof TypeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== logged) logger.warn({ err: error }, "the broker does not let us in, trying again");
      logged = reason;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

/** Whether a request failed because nobody subscribes, which the broker says at once. */
export function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof errors.RequestError && error.isNoResponders();
}
