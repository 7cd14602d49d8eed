import { connect } from "@nats-io/transport-node";
import { limits } from "@natter/protocol";
import { errors, type Msg, type NatsConnection, type Subscription } from "@nats-io/nats-core";
import { parseBrokerUrl } from "./broker-address.ts";

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

const oldestServer = [2, 9, 4] as const;
const recommendedServer = [2, 12, 0] as const;

const tryAgainMs = 500;

/**
 * One connection to the broker for the whole process. It reconnects for ever; what was published while it
 * was away is lost without an error, so whoever needs an answer asks `connected` first and waits for a reply.
 */
export class Connection {
  readonly nats: NatsConnection;
  readonly #logger: BrokerLogger;
  readonly #reconnectListeners = new Set<() => void | Promise<void>>();
  readonly #waiting = new Set<() => void>();
  readonly #soon: { subject: string; bytes: Uint8Array }[] = [];
  #connected = true;

  private constructor(nats: NatsConnection, logger: BrokerLogger) {
    this.nats = nats;
    this.#logger = logger;
  }

  /**
   * Resolves once the broker answered; waits for a broker that is not there yet.
   *
   * @throws if the server is too old to keep natter's promises, or takes only small messages
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const nats = await dial(options);
    const connection = new Connection(nats, options.logger);
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
    return (this.nats.info?.version ?? "0.0.0").split(/[.-]/).slice(0, 3).map(Number);
  }

  /** The largest message that the broker takes. */
  get mostBytes(): number {
    return this.nats.info?.max_payload ?? limits.brokerMessageBytes;
  }

  /** Runs after every reconnect. What it throws is logged. */
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
   * Core publish: at most once, nobody says whether it arrived. So it does not throw either: of its callers one
   * runs in a timer, and another has an event in the log already, which a failure here would not undo.
   */
  publish(subject: string, bytes: Uint8Array): void {
    if (this.nats.isClosed()) return;
    try {
      this.nats.publish(subject, bytes);
    } catch (error) {
      this.#logger.warn({ err: error, subject, bytes: bytes.length }, "could not publish");
    }
  }

  /**
   * Core publish of what many streams say within one turn of the event loop, as one write to the socket:
   * the broker pays for packets, not for messages.
   */
  publishSoon(subject: string, bytes: Uint8Array): void {
    if (this.#soon.length === 0) setImmediate(this.#publishTurn);
    this.#soon.push({ subject, bytes });
  }

  readonly #publishTurn = (): void => {
    for (const { subject, bytes } of this.#soon) this.publish(subject, bytes);
    this.#soon.length = 0;
  };

  /** Sends what `publishSoon` holds and resolves when the broker has seen everything published so far. */
  async flush(): Promise<void> {
    this.#publishTurn();
    await this.nats.flush();
  }

  /** A callback that throws would kill the connection's reader, so it is caught and logged. */
  subscribe(subject: string, onMessage: (message: Msg) => void, queue?: string): Subscription {
    return this.nats.subscribe(subject, {
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
    if (this.nats.isClosed()) return;
    this.#publishTurn();
    const drained = this.nats.drain().catch(() => undefined);
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
    await this.nats.close();
  }

  #checkServer(): void {
    const version = this.serverVersion;
    if (this.mostBytes < limits.brokerMessageBytes) {
      throw new Error(
        `nats-server takes messages of ${this.mostBytes} bytes: natter needs a max_payload of ${limits.brokerMessageBytes}`,
      );
    }
    if (isOlder(version, oldestServer)) {
      throw new Error(`nats-server ${version.join(".")} is too old: natter needs 2.9.4 or newer`);
    }
    if (isOlder(version, recommendedServer)) {
      this.#logger.warn(
        { version: version.join(".") },
        "nats-server is old, 2.12.12 or newer is recommended",
      );
    }
  }

  /** The process's only reader of the status iterator, which is an unbounded queue. */
  async #watch(): Promise<void> {
    for await (const status of this.nats.status()) {
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

/** Goes on until the broker takes us. A broker that refuses the secret may have been given it later than we were. */
async function dial({ url, name, logger }: ConnectionOptions): Promise<NatsConnection> {
  const address = parseBrokerUrl(url);
  for (let said = ""; ;) {
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
      // The URL itself is wrong, which no waiting mends.
      if (error instanceof TypeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== said) logger.warn({ err: error }, "the broker does not let us in, trying again");
      said = reason;
      await new Promise((resolve) => setTimeout(resolve, tryAgainMs));
    }
  }
}

/** Whether a request failed because nobody listens, which the broker says at once. */
export function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof errors.RequestError && error.isNoResponders();
}

export function isOlder(version: readonly number[], than: readonly number[]): boolean {
  for (let index = 0; index < than.length; index++) {
    const difference = (version[index] ?? 0) - (than[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
