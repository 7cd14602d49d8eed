import { parseArgs } from "node:util";
import type { StoreKind } from "./cluster/cluster.ts";

export interface Options {
  readonly seed: number;
  readonly store: StoreKind;
  /** How many nats-servers the broker has. */
  readonly brokers: number;
  /** Rows or whole ids; nothing: all of them, and then the soak. */
  readonly scenarios: readonly string[];
  /** How long the soak takes. */
  readonly minutes: number;
  readonly isLong: boolean;
  readonly isKnownBad: boolean;
  /** Writes down what every client saw of good scenarios, too. */
  readonly keepsEvidence: boolean;
}

export const usage = `pnpm test:faults [options]
  --seed N            the same faults again; without it another one each time
  --minutes M         how long the random soak takes after the scenarios (3)
  --scenario ID       only these, for example C3 or "W1 after-claim"; may be given several times
  --store KIND        sqlite or mongodb, with MONGODB_TEST_URL (sqlite)
  --brokers N         1, or a cluster of 3 with a replica of the log on each (1)
  --long              the long run: at least 20,000 acknowledged messages and 5,000 replies
  --known-bad         breaks each promise on purpose: the checker has to find it; --scenario then names breakages
  --evidence          writes down what every client saw, also where nothing was found
`;

const knownClusters: ReadonlySet<string> = new Set(["1", "3"]);
const mostSeed = 2 ** 31;

/** @throws TypeError with a line for people */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string" },
      minutes: { type: "string", default: "3" },
      scenario: { type: "string", multiple: true, default: [] },
      store: { type: "string", default: "sqlite" },
      brokers: { type: "string", default: "1" },
      long: { type: "boolean", default: false },
      evidence: { type: "boolean", default: false },
      "known-bad": { type: "boolean", default: false },
    },
  });
  const { store } = values;
  if (store !== "sqlite" && store !== "mongodb") throw new TypeError(`there is no store "${store}"`);
  if (!knownClusters.has(values.brokers)) throw new TypeError("--brokers has to be 1 or 3");
  return {
    seed: readNumber(values.seed ?? String(Math.floor(Math.random() * mostSeed)), "--seed"),
    minutes: readNumber(values.minutes, "--minutes"),
    store,
    brokers: Number(values.brokers),
    scenarios: values.scenario,
    isLong: values.long,
    keepsEvidence: values.evidence,
    isKnownBad: values["known-bad"],
  };
}

function readNumber(text: string, name: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 0)
    throw new TypeError(`${name} has to be a number`);
  return number;
}
