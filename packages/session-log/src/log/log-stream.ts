import { jetstreamManager, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import { streamName, subjects } from "@natter/protocol";
import { clientOf, type BrokerLogger, type Connection } from "../connection.ts";
import { LogUnreadable } from "../errors.ts";
import { isOlder } from "../server-version.ts";
import { epochOf, raiseMarker } from "./epoch.ts";
import { LogTooNew } from "./log-format.ts";
import { ensureStream, type LogStreamOptions } from "./stream-config.ts";

interface LogStreamDeps {
  readonly manager: JetStreamManager;
  readonly options: LogStreamOptions;
  readonly logger: BrokerLogger;
}

const readyMs = 60_000;
const retryMs = 500;

/** The stream as a whole: it exists, it has an epoch, and events can be removed from it. */
export class LogStream {
  readonly #deps: LogStreamDeps;
  readonly #epochListeners = new Set<(epoch: string) => void>();
  #epoch: string;
  #ensuring: Promise<void> | undefined;

  private constructor(deps: LogStreamDeps, epoch: string) {
    this.#deps = deps;
    this.#epoch = epoch;
  }

  /** Makes the stream if it is missing. Tries for a minute: the broker may be there before JetStream is. */
  static async open(
    connection: Connection,
    options: LogStreamOptions,
    logger: BrokerLogger,
  ): Promise<{ stream: LogStream; manager: JetStreamManager }> {
    if (options.replicas > 1 && isOlder(connection.serverVersion, [2, 9, 21]))
      throw new Error("conditional appends are broken in replicated streams before nats-server 2.9.21");
    const manager = await jetstreamManager(clientOf(connection), { checkAPI: false });
    const info = await retryUntilReady(() => ensureStream(manager, options), logger);
    const stream = new LogStream({ manager, options, logger }, epochOf(info));
    connection.onReconnect(() => stream.ensure());
    return { stream, manager };
  }

  get epoch(): string {
    return this.#epoch;
  }

  onEpoch(listener: (epoch: string) => void): void {
    this.#epochListeners.add(listener);
  }

  /**
   * Makes the stream again if it is gone, and reads its epoch. Calls at the same time share one request.
   *
   * @throws LogUnreadable
   */
  async ensure(): Promise<void> {
    this.#ensuring ??= this.#ensureNow().finally(() => {
      this.#ensuring = undefined;
    });
    await this.#ensuring;
  }

  /** @throws LogUnreadable */
  async info(): Promise<StreamInfo> {
    return orUnreadable(() => this.#deps.manager.streams.info(streamName));
  }

  async beginEpoch(marker: number): Promise<void> {
    await orUnreadable(() => raiseMarker(this.#deps.manager, marker));
    await this.ensure();
  }

  /** @throws LogUnreadable */
  async purge(sessionId: string, seq: number): Promise<void> {
    const filter = subjects.log(sessionId);
    await orUnreadable(() => this.#deps.manager.streams.purge(streamName, { filter, seq }));
  }

  async #ensureNow(): Promise<void> {
    const { manager, options, logger } = this.#deps;
    const epoch = epochOf(await orUnreadable(() => ensureStream(manager, options)));
    if (epoch === this.#epoch) return;
    logger.warn({ was: this.#epoch, epoch }, "the log has a new epoch");
    this.#epoch = epoch;
    for (const listener of this.#epochListeners) listener(epoch);
  }
}

async function orUnreadable<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw new LogUnreadable({ cause: error });
  }
}

/** At start the broker may be there while JetStream is not, for example during an election. */
async function retryUntilReady<T>(attempt: () => Promise<T>, logger: BrokerLogger): Promise<T> {
  const deadlineMs = performance.now() + readyMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof LogTooNew || performance.now() > deadlineMs) throw error;
      logger.warn({ err: error }, "the log is not ready yet");
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}
