import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { consumers, streamName, subjects } from "@natter/protocol";
import { waitFor } from "@natter/testing";

const noMessageFound = 10_037;

/** Somebody with rights on the broker and no idea of natter. */
export class Operator implements AsyncDisposable {
  readonly #nats: NatsConnection;

  private constructor(nats: NatsConnection) {
    this.#nats = nats;
  }

  static async connect(urls: string[]): Promise<Operator> {
    return new Operator(
      await connect({
        servers: urls,
        maxReconnectAttempts: -1,
        waitOnFirstConnect: true,
        reconnectTimeWait: 100,
      }),
    );
  }

  async deleteStream(): Promise<void> {
    await (await jetstreamManager(this.#nats)).streams.delete(streamName);
  }

  async deleteConsumer(name: keyof typeof consumers): Promise<void> {
    await (await jetstreamManager(this.#nats)).consumers.delete(streamName, consumers[name]);
  }

  /** Lets other servers of the cluster lead the log and its work queues. */
  async moveLeaders(): Promise<void> {
    const stepDowns = [
      `STREAM.LEADER.STEPDOWN.${streamName}`,
      ...Object.values(consumers).map((name) => `CONSUMER.LEADER.STEPDOWN.${streamName}.${name}`),
    ];
    for (const stepDown of stepDowns) await this.#nats.request(`$JS.API.${stepDown}`);
  }

  /** What a worker that is long gone might have said, arriving now. */
  async say(sessionId: string, frame: object): Promise<void> {
    this.#nats.publish(subjects.live(sessionId), JSON.stringify(frame));
    await this.#nats.flush();
  }

  /** Puts something into the log that no gateway would. */
  async append(sessionId: string, text: string): Promise<void> {
    await jetstream(this.#nats).publish(subjects.log(sessionId), text);
  }

  /** The session's events as the log holds them, one after the other. */
  async readLog(sessionId: string): Promise<string> {
    const { streams } = await jetstreamManager(this.#nats);
    const found: string[] = [];
    for (let seq = 1; ;) {
      // The server knows this query since 2.9; the client types only its direct form.
      const query = { seq, next_by_subj: subjects.log(sessionId) } as { seq: number };
      const message = await streams.getMessage(streamName, query).catch((error: unknown) => {
        if ((error as { code?: unknown }).code === noMessageFound) return null;
        throw error;
      });
      if (!message) return found.join("\n");
      found.push(message.string());
      seq = message.seq + 1;
    }
  }

  /** Events of the log that the store does not have yet. */
  async countUnrecorded(): Promise<number> {
    const manager = await jetstreamManager(this.#nats);
    const info = await manager.consumers.info(streamName, consumers.recorder);
    return info.num_pending + info.num_ack_pending;
  }

  /** Resolves when everything that is in the log is in the store, too. */
  async untilRecorded(timeoutMs: number): Promise<void> {
    await waitFor(async () => (await this.countUnrecorded()) === 0, {
      what: "the recorder to catch up",
      timeoutMs,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nats.close();
  }
}
