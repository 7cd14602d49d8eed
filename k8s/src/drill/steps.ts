/** What an operator does to a running natter, and what a node does to it. */
import type { Allowance } from "./judge.ts";
import type { Kubectl } from "./kubectl.ts";

export interface Step extends Allowance {
  readonly name: string;
  readonly title: string;
  /** Resolves when everything is as it was. */
  readonly run: (kubectl: Kubectl) => Promise<void>;
}

const objects = {
  gateway: "deployment/gateway",
  persistence: "deployment/persistence",
  "llm-worker": "deployment/llm-worker",
  nats: "statefulset/nats",
  mongo: "statefulset/mongo",
} as const;

type Name = keyof typeof objects;

/** Clients and services leave a broker that stops. Words that were on their way through it are lost, and it keeps none. */
const losesWords = (name: Name): Allowance => (name === "nats" ? { mayMissWords: true } : {});

const names = Object.keys(objects) as Name[];

const restarts = names.map((name): Step => ({
  name: `restart-${name}`,
  title: `rolling restart of ${name}`,
  ...losesWords(name),
  run: async (kubectl) => {
    await kubectl.run("rollout", "restart", objects[name]);
    await kubectl.settled(objects[name]);
  },
}));

const deletions = names.map((name): Step => ({
  name: `delete-${name}`,
  title: `a pod of ${name} is deleted`,
  ...losesWords(name),
  run: async (kubectl) => {
    await deletePod(kubectl, await anyPod(kubectl, name));
    await kubectl.settled(objects[name]);
  },
}));

const kills = names.map((name): Step => ({
  name: `kill-${name}`,
  title: `a pod of ${name} is killed at once`,
  mayMissWords: true,
  mayBeginAgain: true,
  run: async (kubectl) => {
    await killPod(kubectl, await anyPod(kubectl, name));
    await kubectl.settled(objects[name]);
  },
}));

const leaders: readonly Step[] = [
  {
    name: "delete-leader",
    title: "the pod of the log's leader is deleted",
    ...losesWords("nats"),
    run: async (kubectl) => {
      await deletePod(kubectl, await leaderOfTheLog(kubectl));
      await kubectl.settled(objects.nats);
    },
  },
  {
    name: "kill-leader",
    title: "the pod of the log's leader is killed at once",
    mayMissWords: true,
    mayBeginAgain: true,
    run: async (kubectl) => {
      await killPod(kubectl, await leaderOfTheLog(kubectl));
      await kubectl.settled(objects.nats);
    },
  },
];

const scalings = (["gateway", "llm-worker", "persistence"] as const).map((name): Step => ({
  name: `scale-${name}`,
  title: `${name} with two pods more, and with two fewer again`,
  run: async (kubectl) => {
    const before = (await kubectl.pods(name)).length;
    for (const replicas of [before + 2, before]) {
      await kubectl.run("scale", objects[name], `--replicas=${replicas}`);
      await kubectl.settled(objects[name]);
    }
  },
}));

export const steps: readonly Step[] = [...restarts, ...deletions, ...leaders, ...scalings, ...kills];

async function anyPod(kubectl: Kubectl, name: Name): Promise<string> {
  const [first] = await kubectl.pods(name);
  if (!first) throw new Error(`there is no pod of ${name}`);
  return first.name;
}

async function deletePod(kubectl: Kubectl, pod: string): Promise<void> {
  await kubectl.run("delete", "pod", pod);
}

async function killPod(kubectl: Kubectl, pod: string): Promise<void> {
  await kubectl.run("delete", "pod", pod, "--grace-period=0", "--force");
}

interface JetStreamReport {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

/** Server names are pod names. The broker has no other stream. */
async function leaderOfTheLog(kubectl: Kubectl): Promise<string> {
  const report = (await kubectl.ask("nats-0", 8222, "/jsz?accounts=true&streams=true")) as JetStreamReport;
  const leader = report.account_details?.flatMap(({ stream_detail }) => stream_detail ?? [])[0]?.cluster
    ?.leader;
  if (leader === undefined) throw new Error("the log has no leader");
  return leader;
}
