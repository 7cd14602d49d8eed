import { closeCodes } from "@natter/protocol";
import type { Scenario } from "../scenario.ts";
import { crashAt, underLoad } from "../load/under-load.ts";

export const gatewayFaults: readonly Scenario[] = [
  {
    id: "G1",
    title: "a gateway is killed under load: what was acknowledged is kept, clients go on elsewhere",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const { part } of stage.cluster.gateways) {
          await stage.fault({
            what: `kill -9 ${part.name}`,
            inject: () => part.kill(),
            lasts: 1_500,
            heal: () => part.start(),
          });
        }
      }),
  },
  {
    id: "G1 after-append",
    title: "a gateway dies when an event is in the log and its sender does not know",
    failpoint: "gateway.after-append",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const gateway of stage.cluster.gateways) await crashAt(stage, gateway, "gateway.after-append");
      }),
  },
  {
    id: "G1 before-control",
    title: "a gateway dies when a stop is in the log and the owner of the reply was not told",
    failpoint: "gateway.before-control",
    async run(stage) {
      const [gateway] = stage.cluster.gateways;
      if (!gateway) return;
      const { near, far } = await stage.pair();
      await gateway.part.stop();
      await gateway.part.start({ NATTER_CRASH_AT: "gateway.before-control" });
      const ack = await near.send({ type: "message", message: "/rate 10 /count 300" });
      near.drop();
      await stage.fault({
        what: "gateway-1 dies at gateway.before-control",
        inject: () => undefined,
        async lasts() {
          // Whoever is at that gateway says stop; each of the two takes its turn there.
          while (gateway.part.isRunning) {
            const stops = [near, far].map((client) =>
              client.send({ type: "stop", messageId: ack?.messageId ?? "" }),
            );
            await Promise.race([...stops, gateway.part.ended(5_000)]);
            near.drop();
            await stage.pause(200);
          }
        },
        heal: () => gateway.part.start(),
      });
    },
  },
  {
    id: "G2",
    title: "gateways are stopped and started one after another, twice",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const { part } of [...stage.cluster.gateways, ...stage.cluster.gateways]) {
          await stage.fault({
            what: `SIGTERM ${part.name}`,
            inject: () => part.stop(),
            lasts: 300,
            heal: () => part.start(),
          });
        }
      }),
  },
  {
    id: "G2 every tier",
    title: "every process is stopped and started, one after another",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const { part } of stage.cluster.members) {
          await stage.fault({
            what: `SIGTERM ${part.name}`,
            inject: () => part.stop(),
            lasts: 300,
            heal: () => part.start(),
          });
        }
      }),
  },
  {
    id: "G3",
    title: `a gateway freezes for 5 s and for 25 s: clients move, and one that wakes tells nothing wrong`,
    run: (stage) =>
      underLoad(stage, async () => {
        for (const [index, ms] of [5_000, 25_000].entries()) {
          const part = stage.cluster.gateways[index]?.part;
          await stage.fault({
            what: `freeze ${part?.name} for ${ms} ms`,
            inject: () => part?.pause(),
            lasts: ms,
            heal: () => part?.resume(),
          });
        }
      }),
  },
  {
    id: "G3 links",
    title: "every client link is torn down, again and again",
    run: (stage) =>
      underLoad(stage, async () => {
        for (let turn = 0; turn < 5; turn++) {
          await stage.fault({
            what: `reset every client (${closeCodes.going_away.code} was never said)`,
            inject: () => stage.cluster.gateways.forEach(({ line }) => line?.reset()),
            lasts: stage.random.between(0, 1_000),
            heal: () => undefined,
          });
        }
      }),
  },
];
