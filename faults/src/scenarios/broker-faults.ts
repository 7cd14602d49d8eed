import { subjects } from "@natter/protocol";
import type { BrokerFrame, Judge } from "../links/broker-frames.ts";
import type { Member } from "../cluster/members.ts";
import type { Scenario } from "../scenario.ts";
import type { Fault, Stage } from "../stage.ts";
import { underLoad } from "../load/under-load.ts";

const liveSubject = subjects.live("");
/** The broker's word that an event is in the log. */
const isPubAck = ({ verb, body }: BrokerFrame): boolean =>
  (verb === "MSG" || verb === "HMSG") && body.includes('"stream":') && body.includes('"seq":');
/** An event of the log, or a chunk, on its way to a gateway. */
const isLive = ({ verb, subject }: BrokerFrame): boolean =>
  (verb === "MSG" || verb === "HMSG") && subject.startsWith(liveSubject);
const isMessage = ({ verb }: BrokerFrame): boolean => verb === "MSG" || verb === "HMSG";
const isDeliveryAck = ({ verb, subject }: BrokerFrame): boolean =>
  verb === "PUB" && subject.startsWith("$JS.ACK");

/** Loses or resets at some of the frames that `fits`. */
function sometimes(
  stage: Stage,
  fits: (frame: BrokerFrame) => boolean,
  what: "drop" | "reset",
  chance: number,
): Judge {
  const random = stage.random.fork();
  return (frame) => (fits(frame) && random.happens(chance) ? what : "pass");
}

function judged(
  members: readonly Member[],
  what: string,
  judge: Judge,
  direction: "up" | "down",
): Omit<Fault, "lasts"> {
  return {
    what,
    inject: () => members.forEach(({ broker }) => broker.judge(direction, judge)),
    heal: () => members.forEach(({ broker }) => broker.heal()),
  };
}

/** Nobody talks, and what was said is in the store: what a lost log takes with it is known. */
async function quietly(stage: Stage, work: () => Promise<void>): Promise<void> {
  await underLoad(stage, () => stage.pause(3_000));
  await stage.settle();
  await stage.cluster.operator.untilRecorded(20_000);
  await work();
  await stage.settle();
}

const operations: readonly Scenario[] = [
  {
    id: "N9",
    title: "the broker comes back with an empty disk: a new numbering, history stays",
    run: (stage) =>
      quietly(stage, async () => {
        await stage.fault({
          what: "the broker loses its disk",
          inject: () => stage.cluster.brokers.wipe(),
          lasts: 1_000,
          heal: () => undefined,
        });
        await underLoad(stage, () => stage.pause(3_000));
      }),
  },
  {
    id: "N10",
    title: "somebody deletes the stream: a new numbering, history stays",
    run: (stage) =>
      quietly(stage, async () => {
        await stage.fault({
          what: "delete the stream",
          inject: () => stage.cluster.operator.deleteStream(),
          lasts: 1_000,
          heal: () => undefined,
        });
        await underLoad(stage, () => stage.pause(3_000));
      }),
  },
  {
    id: "N11",
    title: "somebody deletes the consumers: they are made again, and repeats change nothing",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const name of ["recorder", "responder"] as const) {
          await stage.fault({
            what: `delete the consumer ${name}`,
            inject: () => stage.cluster.operator.deleteConsumer(name),
            lasts: 1_000,
            heal: () => undefined,
          });
        }
      }),
  },
];

export const brokerFaults: readonly Scenario[] = [
  {
    id: "N1",
    title: "the broker is killed and started again",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const ms of [0, 3_000]) {
          const { brokers } = stage.cluster;
          await stage.fault({
            what: `kill -9 nats, back after ${ms} ms`,
            inject: () => brokers.kill(),
            lasts: ms,
            heal: () => brokers.start(),
          });
        }
      }),
  },
  {
    id: "N4",
    title: "one gateway's link to the broker is a black hole for 40 s",
    run: (stage) =>
      underLoad(stage, async () => {
        const [gateway] = stage.cluster.gateways;
        await stage.fault({
          what: "black hole between gateway-1 and nats",
          inject: () => gateway?.broker.proxy.silence("up", "down"),
          lasts: 40_000,
          heal: () => gateway?.broker.heal(),
        });
      }),
  },
  {
    id: "N4 one way",
    title: "what the broker says does not arrive for 8 s, at one process of each kind in turn",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const [member] of [stage.cluster.gateways, stage.cluster.workers, stage.cluster.recorders]) {
          await stage.fault({
            what: `nats does not reach ${member?.part.name}`,
            inject: () => member?.broker.proxy.silence("down"),
            lasts: 8_000,
            heal: () => member?.broker.heal(),
          });
        }
      }),
  },
  {
    id: "N5",
    title: "the connection breaks, or the answer is lost, between an append and its PubAck",
    run: (stage) =>
      underLoad(stage, async () => {
        const { gateways, workers } = stage.cluster;
        for (const what of ["drop", "reset"] as const) {
          const judge = sometimes(stage, isPubAck, what, 0.2);
          await stage.fault({
            ...judged([...gateways, ...workers], `${what} at one in five PubAcks`, judge, "down"),
            lasts: 8_000,
          });
        }
      }),
  },
  {
    id: "N6",
    title: "the PubAck is lost and the client sends again after the broker has forgotten the id",
    env: { NATTER_DEDUPE_WINDOW_SECONDS: "1" },
    run: (stage) =>
      underLoad(stage, async () => {
        const judge = sometimes(stage, isPubAck, "drop", 0.5);
        await stage.fault({
          ...judged(stage.cluster.gateways, "drop every second PubAck, dedupe window 1 s", judge, "down"),
          lasts: 12_000,
        });
      }),
  },
  {
    id: "N7",
    title: "live messages are lost on the way to one gateway",
    run: (stage) =>
      underLoad(stage, async () => {
        const judge = sometimes(stage, isLive, "drop", 0.2);
        await stage.fault({
          ...judged(stage.cluster.gateways.slice(0, 1), "drop one in five live messages", judge, "down"),
          lasts: 8_000,
        });
      }),
  },
  {
    id: "N7 workers",
    title: "whatever the broker says is lost now and then, on the way to workers and recorders",
    run: (stage) =>
      underLoad(stage, async () => {
        const { workers, recorders } = stage.cluster;
        for (const [what, members] of Object.entries({ workers, recorders })) {
          const judge = sometimes(stage, isMessage, "drop", 0.1);
          await stage.fault({
            ...judged(members, `drop one in ten messages to ${what}`, judge, "down"),
            lasts: 3_000,
          });
        }
      }),
  },
  {
    id: "N8",
    title: "a gateway is frozen for 15 s with much to hear, so that the broker gives it up",
    run: (stage) =>
      underLoad(
        stage,
        async () => {
          const part = stage.cluster.gateways[1]?.part;
          const { far } = await stage.pair();
          await far.send({ type: "message", message: "/rate 0 /markdown 400" });
          await stage.fault({
            what: "freeze gateway-2 for 15 s under much load",
            inject: () => part?.pause(),
            lasts: 15_000,
            heal: () => part?.resume(),
          });
        },
        { sessions: 8, pauseMs: 100 },
      ),
  },
  ...operations,
  {
    id: "N18",
    title: "acknowledgements of deliveries are lost: they come again and change nothing",
    run: (stage) =>
      underLoad(stage, async () => {
        const { recorders, workers } = stage.cluster;
        const judge = sometimes(stage, isDeliveryAck, "drop", 0.5);
        await stage.fault({
          ...judged([...recorders, ...workers], "drop every second ack of a delivery", judge, "up"),
          lasts: 6_000,
        });
      }),
  },
];
