import { streamName } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import type { BrokerServer, Brokers } from "./brokers.ts";

interface Led {
  readonly name: string;
  readonly cluster?: { readonly leader?: string };
}

/** The part of the monitoring's answer that this reads. */
interface JetStreamState {
  readonly meta_cluster?: { readonly leader?: string };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly (Led & { readonly consumer_detail?: readonly Led[] })[];
  }[];
}

const answerMs = 1_000;

/** Who leads in the broker's cluster, as the servers themselves say. */
export class BrokerWatch {
  readonly #brokers: Brokers;

  constructor(brokers: Brokers) {
    this.#brokers = brokers;
  }

  /** The server that leads the log's stream. Waits for an election. */
  async logLeader(): Promise<BrokerServer> {
    return this.#until("a leader of the log", async (server) => {
      const stream = streamIn(await stateOf(server));
      return stream?.cluster?.leader === server.part.name;
    });
  }

  /** A server that does not lead the log's stream. */
  async logFollower(): Promise<BrokerServer> {
    const leader = await this.logLeader();
    const follower = this.#brokers.servers.find((server) => server !== leader);
    if (!follower) throw new Error("there is one broker only");
    return follower;
  }

  /** The server that leads the cluster's own state: which streams there are, and where. */
  async metaLeader(): Promise<BrokerServer> {
    return this.#until("a leader of the cluster", async (server) => {
      const state = await stateOf(server);
      return state?.meta_cluster?.leader === server.part.name;
    });
  }

  /** Resolves when each of the servers has everything that it has to have. */
  async untilHealthy(timeoutMs = 60_000): Promise<void> {
    const { servers } = this.#brokers;
    const areHealthy = async (): Promise<boolean> =>
      (await Promise.all(servers.map(isHealthy))).every(Boolean);
    await waitFor(areHealthy, { what: "all brokers to be healthy", timeoutMs });
  }

  async #until(
    what: string,
    isMeant: (server: BrokerServer) => Promise<boolean>,
    timeoutMs = 30_000,
  ): Promise<BrokerServer> {
    return waitFor(
      async () => {
        for (const server of this.#brokers.servers) if (await isMeant(server)) return server;
        return undefined;
      },
      { what, timeoutMs },
    );
  }
}

/** `undefined` from a server that does not answer. */
async function stateOf({ monitorPort }: BrokerServer): Promise<JetStreamState | undefined> {
  const query = "accounts=true&streams=true&consumers=true";
  const answer = await ask(`http://127.0.0.1:${monitorPort}/jsz?${query}`);
  return answer?.ok ? ((await answer.json()) as JetStreamState) : undefined;
}

async function isHealthy({ monitorPort }: BrokerServer): Promise<boolean> {
  return (await ask(`http://127.0.0.1:${monitorPort}/healthz`))?.ok === true;
}

async function ask(url: string): Promise<Response | undefined> {
  return fetch(url, { signal: AbortSignal.timeout(answerMs) }).catch(() => undefined);
}

function streamIn(state: JetStreamState | undefined): Led | undefined {
  return state?.account_details
    ?.flatMap(({ stream_detail = [] }) => stream_detail)
    .find(({ name }) => name === streamName);
}
