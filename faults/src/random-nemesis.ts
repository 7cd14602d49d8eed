import { serverFault, ways, type How } from "./broker-scenarios/server-faults.ts";
import type { Member } from "./cluster/members.ts";
import type { BrokerFrame } from "./links/broker-frames.ts";
import type { Random } from "./random.ts";
import type { Fault, Stage } from "./stage.ts";

const calm = 0.25;

/** One thing after another that goes wrong, by the seed, with quiet times in between. */
export async function haunt(stage: Stage, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    if (stage.random.happens(calm)) await stage.pause(stage.random.between(500, 4_000));
    else await stage.fault(someFault(stage, stage.random));
  }
}

function someFault(stage: Stage, random: Random): Fault {
  const member = random.pick(stage.cluster.members);
  const lasts = random.pick([200, 1_000, 3_000, 8_000]);
  return random.pick([processFault, processFault, linkFault, linkFault, messageFault, brokerFault])(
    stage,
    member,
    lasts,
  );
}

function processFault(stage: Stage, { part }: Member, lasts: number): Fault {
  const how = stage.random.pick(["kill -9", "SIGTERM", "freeze"] as const);
  return {
    what: `${how} ${part.name} for ${lasts} ms`,
    lasts,
    inject: () => (how === "freeze" ? part.pause() : how === "SIGTERM" ? part.stop() : part.kill()),
    heal: () => (how === "freeze" ? part.resume() : part.start()),
  };
}

function linkFault(stage: Stage, { part, broker, line }: Member, lasts: number): Fault {
  const isBroker = line === undefined || stage.random.happens(0.5);
  const proxy = isBroker ? broker.proxy : line;
  const how = stage.random.pick([
    "cut",
    "reset",
    "silence both ways",
    "silence down",
    "silence up",
    "delay",
  ] as const);
  const silent = {
    "silence both ways": ["up", "down"],
    "silence down": ["down"],
    "silence up": ["up"],
  } as const;
  return {
    what: `${how} ${part.name}'s ${isBroker ? "broker" : "other"} link for ${lasts} ms`,
    lasts,
    inject() {
      if (how === "cut") proxy.cut();
      else if (how === "reset") proxy.reset();
      else if (how === "delay") proxy.delay(300);
      else proxy.silence(...silent[how]);
    },
    heal: () => proxy.heal(),
  };
}

function messageFault(stage: Stage, { part, broker }: Member, lasts: number): Fault {
  const random = stage.random.fork();
  return {
    what: `lose one in ten messages to ${part.name} for ${lasts} ms`,
    lasts,
    inject: () =>
      broker.judge("down", (frame) => (isMessage(frame) && random.happens(0.1) ? "drop" : "pass")),
    heal: () => broker.heal(),
  };
}

function isMessage({ verb }: BrokerFrame): boolean {
  return verb === "MSG" || verb === "HMSG";
}

function brokerFault(stage: Stage, _member: Member, lasts: number): Fault {
  const { brokers } = stage.cluster;
  if (brokers.servers.length > 1) return clusterFault(stage, lasts);
  const isFrozen = stage.random.happens(0.4);
  return {
    what: `${isFrozen ? "freeze" : "kill -9"} nats for ${lasts} ms`,
    lasts,
    inject: () => (isFrozen ? brokers.pause() : brokers.kill()),
    heal: () => (isFrozen ? brokers.resume() : brokers.start()),
  };
}

const hows = Object.keys(ways) as How[];

/** Two of three servers go on, so a fault may last longer. */
function clusterFault(stage: Stage, lasts: number): Fault {
  const role = stage.random.pick(["leader", "follower"] as const);
  return serverFault(stage, stage.random.pick(hows), role, lasts * 2);
}
