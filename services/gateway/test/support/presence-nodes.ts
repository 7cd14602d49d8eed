import { decodeObject, decodePresenceSet, encodeFrame, subjects, type ServerFrame } from "@natter/protocol";
import { Connection } from "@natter/session-log";
import { startNatsServer, type TestNatsServer, recordingLogger } from "@natter/testing";
import { Presence, type PresenceTimes } from "../../src/presence/presence.ts";
import { ManualClock } from "./manual-clock.ts";

export const times: PresenceTimes = {
  heartbeatMs: 5_000,
  downMs: 14_000,
  graceMs: 10_000,
  resyncMs: 30_000,
  relayMs: 1_000,
};

/** The presence of one gateway, and the frames that it relayed. */
export interface PresenceNode {
  readonly presence: Presence;
  /** In the order of the relay, as `join Ann` and `leave Ann`. */
  readonly relayed: string[];
}

/** Presence nodes on a real broker, and a clock that all of them share. */
export class PresenceNodes implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly connection: Connection;
  readonly #server: TestNatsServer;
  readonly #connections: Connection[] = [];
  readonly #nodes: PresenceNode[] = [];

  private constructor(server: TestNatsServer, connection: Connection) {
    this.#server = server;
    this.connection = connection;
    this.#connections.push(connection);
  }

  static async start(): Promise<PresenceNodes> {
    const server = await startNatsServer();
    return new PresenceNodes(server, await connect(server));
  }

  async add(): Promise<PresenceNode> {
    const connection = await connect(this.#server);
    const relayed: string[] = [];
    const presence = new Presence({
      connection,
      logger: recordingLogger(),
      times,
      clock: this.clock,
      relay: (_sessionId, bytes) => {
        const frame = decodeObject(bytes) as unknown as Extract<
          ServerFrame,
          { type: "user_join" | "user_leave" }
        >;
        relayed.push(`${frame.type === "user_join" ? "join" : "leave"} ${frame.user.name}`);
      },
    });
    presence.start();
    const node = { presence, relayed };
    this.#connections.push(connection);
    this.#nodes.push(node);
    await this.settle();
    return node;
  }

  /** Resolves when every message that was published is handled, and so is every answer to it. */
  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++)
      for (const connection of this.#connections) await connection.flush();
  }

  /** Lets time pass in small steps, and after each of them the messages arrive. */
  async pass(ms: number, stepMs = 500): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed));
      await this.settle();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { presence } of this.#nodes) presence.stop();
    for (const connection of this.#connections) await connection.close();
    await this.#server.stop();
  }
}

async function connect(server: TestNatsServer): Promise<Connection> {
  return Connection.open({ url: server.url, name: "test", logger: recordingLogger() });
}

/** A gateway whose messages the test writes. */
export class PlayedGateway {
  /** How often it answered. */
  answers = 0;
  readonly #id: string;
  readonly #nodes: PresenceNodes;
  readonly #sessionId: string;
  #endHeartbeats: (() => void) | undefined;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(nodes: PresenceNodes, sessionId: string, id: string) {
    this.#nodes = nodes;
    this.#sessionId = sessionId;
    this.#id = id;
  }

  publish(revision: number, names: readonly string[], more: object = {}): void {
    const users = names.map((name) => ({ id: `played-${name}`, name }));
    const message = { gateway: this.#id, revision, users, ...more };
    this.#nodes.connection.publish(subjects.presence(this.#sessionId), encodeFrame(message));
  }

  startHeartbeats(): void {
    this.heartbeat();
    this.#endHeartbeats = this.#nodes.clock.every(times.heartbeatMs, () => this.heartbeat());
  }

  /** Answers each request for its state, but for the answers that are lost. */
  async answer(names: readonly string[], isLost: (request: number) => boolean = () => false): Promise<void> {
    let revision = 100;
    await this.onRequest((request) => {
      if (isLost(request)) return;
      this.answers++;
      this.publish(revision++, names);
    });
  }

  async onRequest(action: (request: number) => void): Promise<void> {
    let requests = 0;
    const subject = subjects.presence(this.#sessionId);
    this.#subscription = this.#nodes.connection.subscribe(subject, ({ data }) => {
      const message = decodePresenceSet(data);
      if (message?.asks === true && message.gateway !== this.#id) action(requests++);
    });
    await this.#nodes.connection.flush();
  }

  heartbeat(more: object = {}): void {
    this.#nodes.connection.publish(subjects.gateways, encodeFrame({ gateway: this.#id, ...more }));
  }

  /** Publishes nothing more. */
  crash(): void {
    this.#endHeartbeats?.();
    this.#subscription?.unsubscribe();
  }

  announceShutdown(): void {
    this.crash();
    this.heartbeat({ leaving: true });
  }
}
