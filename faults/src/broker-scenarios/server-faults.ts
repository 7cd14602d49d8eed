/** What can happen to one server of the broker's cluster. */
import type { BrokerServer } from "../cluster/brokers.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Fault, Stage } from "../stage.ts";

interface Place {
  readonly cluster: Cluster;
  readonly server: BrokerServer;
}

interface Way {
  readonly inject: (place: Place) => void | Promise<void>;
  readonly heal: (place: Place) => void | Promise<void>;
}

const indexOf = ({ cluster, server }: Place): number => cluster.brokers.servers.indexOf(server);

export const ways = {
  "kill -9": {
    inject: ({ server }) => server.part.kill(),
    heal: ({ server }) => server.part.start(),
  },
  SIGTERM: {
    inject: ({ server }) => server.part.stop(),
    heal: ({ server }) => server.part.start(),
  },
  freeze: {
    inject: ({ server }) => server.part.pause(),
    heal: ({ server }) => server.part.resume(),
  },
  "cut every route of": {
    inject: (place) => place.cluster.brokers.routes.of(indexOf(place)).cut(),
    heal: (place) => place.cluster.brokers.routes.of(indexOf(place)).heal(),
  },
  "silence every route of": {
    inject: (place) => place.cluster.brokers.routes.of(indexOf(place)).silence("up", "down"),
    heal: (place) => place.cluster.brokers.routes.of(indexOf(place)).heal(),
  },
  "silence every link of": {
    inject(place) {
      ways["silence every route of"].inject(place);
      for (const { broker } of place.cluster.members) broker.to(indexOf(place)).silence("up", "down");
    },
    heal(place) {
      ways["silence every route of"].heal(place);
      for (const { broker } of place.cluster.members) broker.to(indexOf(place)).heal();
    },
  },
  "cut one route of": {
    inject: (place) => oneRouteOf(place).cut(),
    heal: (place) => oneRouteOf(place).heal(),
  },
} as const satisfies Readonly<Record<string, Way>>;

export type How = keyof typeof ways;
export type Role = "leader" | "follower";

/** Breaks the server that has this role for the log when the fault begins. */
export function serverFault(stage: Stage, how: How, role: Role, lasts: number): Fault {
  const { cluster } = stage;
  let server: BrokerServer | undefined;
  return {
    what: `${how} the log's ${role} for ${lasts} ms`,
    async inject() {
      server = await (role === "leader" ? cluster.watch.logLeader() : cluster.watch.logFollower());
      stage.say(`  it is ${server.part.name}`);
      await ways[how].inject({ cluster, server });
    },
    lasts,
    async heal() {
      if (server) await ways[how].heal({ cluster, server });
    },
  };
}

function oneRouteOf(place: Place): ReturnType<Cluster["brokers"]["routes"]["between"]> {
  const { brokers } = place.cluster;
  const own = indexOf(place);
  return brokers.routes.between(own, (own + 1) % brokers.servers.length);
}
