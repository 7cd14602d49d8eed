/** What operators do to a cluster of brokers, and what a lost disk leaves of one. */
import type { BrokerServer } from "../cluster/brokers.ts";
import { underLoad } from "../load/under-load.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const brokers = 3;
/** The grace period, and a second for each client. */
const lameDuckMs = 60_000;

/** The servers in the order of an upgrade: the leader of the log is last. */
async function leaderLast({ cluster }: Stage): Promise<BrokerServer[]> {
  const leader = await cluster.watch.logLeader();
  return [...cluster.brokers.servers.filter((server) => server !== leader), leader];
}

export const clusterUpkeep: readonly Scenario[] = [
  {
    id: "K6",
    title: "the log and its work queues get another leader, five times",
    brokers,
    run: (stage) =>
      underLoad(stage, async () => {
        for (let turn = 0; turn < 5; turn++)
          await stage.fault({
            what: "move the leaders of the log and of its work queues",
            inject: () => stage.cluster.operator.moveLeaders(),
            lasts: stage.random.between(0, 2_000),
            heal: () => undefined,
          });
      }),
  },
  {
    id: "K7",
    title: "a rolling upgrade: each broker in turn leaves in lame duck mode and comes back",
    brokers,
    run: (stage) =>
      underLoad(stage, async () => {
        for (const { part } of await leaderLast(stage))
          await stage.fault({
            what: `lame duck mode of ${part.name}, then a restart`,
            inject: () => part.endWith("SIGUSR2", lameDuckMs),
            lasts: 1_000,
            async heal() {
              await part.start();
              await stage.cluster.watch.untilHealthy();
            },
          });
      }),
  },
  {
    id: "K8",
    title: "a broker loses its disk and joins again",
    brokers,
    run: (stage) =>
      underLoad(stage, async () => {
        const { brokers: servers, watch } = stage.cluster;
        for (const role of ["follower", "leader"] as const)
          await stage.fault({
            what: `the log's ${role} loses its disk`,
            inject: async () =>
              servers.wipe([await (role === "leader" ? watch.logLeader() : watch.logFollower())]),
            lasts: () => watch.untilHealthy(),
            heal: () => undefined,
          });
      }),
  },
];
