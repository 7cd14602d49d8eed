import { configurationOf, freePort, portProblem, waitForGreeting, type Binary } from "@natter/nats-server";
import { writePrivateFile } from "../data-dir/private-file.ts";
import type { ProcessPlan } from "../processes/process-plan.ts";
import type { SupervisedOptions } from "../processes/supervised-process.ts";
import { StartFailure } from "../start-failure.ts";

const localhost = "127.0.0.1";
const usualPort = 4_222;
const mostTries = 5;

export interface OwnBroker {
  readonly command: string;
  readonly version: Binary["version"];
  /** Its name: whatever else listens on the port has another. */
  readonly mark: string;
  /** What it asks of every client. */
  readonly secret: string;
  readonly configFile: string;
  readonly storeDir: string;
  readonly say: (line: string) => void;
  /** Resolves when it is ready. @throws StartFailure if it ends before that */
  readonly launch: (
    plan: ProcessPlan,
    how: Required<Pick<SupervisedOptions, "probe" | "url">>,
  ) => Promise<unknown>;
  /** A port that was free a moment ago. */
  readonly choosePort?: (tried: number) => Promise<number>;
}

/**
 * A broker of this start's own. A port that was free a moment ago can be another's by now, and another's broker
 * greets just as well; so ours is known by its name, and gets another port if it lost this one.
 *
 * @returns its URL, with the secret
 * @throws StartFailure
 */
export async function startOwnBroker(broker: OwnBroker): Promise<string> {
  const choosePort = broker.choosePort ?? (async (tried) => freePort(tried === 0 ? usualPort : 0));
  for (let tried = 0; ; tried++) {
    const port = await choosePort(tried);
    try {
      return await startOn(port, broker);
    } catch (error) {
      const isTaken = error instanceof StartFailure && (await portProblem(port, localhost)) !== undefined;
      if (!isTaken || tried + 1 === mostTries) throw error;
      broker.say(`port ${port} was taken by another program in the meantime`);
    }
  }
}

async function startOn(port: number, broker: OwnBroker): Promise<string> {
  const { command, version, mark, secret, configFile, storeDir } = broker;
  // A command line is everybody's to read, so the secret is in the file.
  await writePrivateFile(configFile, configurationOf({ port, storeDir, version, token: secret }));
  broker.say(`nats-server ${version.join(".")} on port ${port}`);
  const plan: ProcessPlan = {
    role: "nats",
    instance: "nats",
    command,
    args: ["-c", configFile, "--name", mark],
    env: {},
  };
  const probe = async (isOver: () => boolean): Promise<boolean> =>
    waitForGreeting(port, { timeoutMs: Infinity, isOver, serverName: mark });
  await broker.launch(plan, { probe, url: `nats://${localhost}:${port}` });
  return `nats://${secret}@${localhost}:${port}`;
}
