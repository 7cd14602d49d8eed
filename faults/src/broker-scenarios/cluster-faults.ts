import { underLoad } from "../load/under-load.ts";
import type { Scenario } from "../scenario.ts";
import { clusterUpkeep } from "./cluster-upkeep.ts";
import { serverFault, type How, type Role } from "./server-faults.ts";

const brokers = 3;

interface Case {
  readonly how: How;
  readonly role: Role;
  readonly lasts: number;
}

function each(id: string, title: string, cases: readonly Case[]): Scenario {
  return {
    id,
    title,
    brokers,
    run: (stage) =>
      underLoad(stage, async () => {
        for (const { how, role, lasts } of cases) await stage.fault(serverFault(stage, how, role, lasts));
      }),
  };
}

const killed: readonly Scenario[] = [
  each("K1", "the broker that leads the log is killed", [
    { how: "kill -9", role: "leader", lasts: 0 },
    { how: "kill -9", role: "leader", lasts: 12_000 },
    { how: "SIGTERM", role: "leader", lasts: 3_000 },
  ]),
  each("K2", "a broker that follows is killed", [
    { how: "kill -9", role: "follower", lasts: 0 },
    { how: "kill -9", role: "follower", lasts: 12_000 },
  ]),
  {
    id: "K3",
    title: "two of three brokers are killed, one comes back, and later the other",
    brokers,
    run: (stage) =>
      underLoad(stage, async () => {
        const leader = await stage.cluster.watch.logLeader();
        const [follower] = stage.cluster.brokers.servers.filter((server) => server !== leader);
        await stage.fault({
          what: "kill -9 the log's leader and a follower, the follower is back after 10 s",
          inject: async () => void (await Promise.all([leader.part.kill(), follower?.part.kill()])),
          lasts: 10_000,
          heal: () => follower?.part.start(),
        });
        await stage.fault({
          what: "the other one is back, too",
          inject: () => leader.part.start(),
          lasts: 1_000,
          heal: () => undefined,
        });
      }),
  },
  each("K4", "a broker is frozen and wakes when another one leads", [
    { how: "freeze", role: "leader", lasts: 15_000 },
    { how: "freeze", role: "follower", lasts: 15_000 },
  ]),
];

const partitions: readonly Scenario[] = [
  each("K5", "the leader of the log is on the small side of a partition, with some of natter", [
    { how: "cut every route of", role: "leader", lasts: 15_000 },
    { how: "silence every route of", role: "leader", lasts: 20_000 },
  ]),
  each("K5 follower", "a follower is on the small side of a partition, with some of natter", [
    { how: "cut every route of", role: "follower", lasts: 15_000 },
    { how: "silence every route of", role: "follower", lasts: 20_000 },
  ]),
  each("K5 alone", "a broker is a black hole for everybody", [
    { how: "silence every link of", role: "leader", lasts: 20_000 },
    { how: "silence every link of", role: "follower", lasts: 20_000 },
  ]),
  each("K5 one route", "two brokers do not reach each other, and both reach the third one", [
    { how: "cut one route of", role: "leader", lasts: 15_000 },
    { how: "cut one route of", role: "follower", lasts: 15_000 },
  ]),
];

export const clusterFaults: readonly Scenario[] = [...killed, ...partitions, ...clusterUpkeep];
