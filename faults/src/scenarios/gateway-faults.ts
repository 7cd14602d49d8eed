import { Crowd } from "../clients/crowd.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

/** Runs `work` while people talk. */
export async function underLoad(stage: Stage, work: () => Promise<void>): Promise<void> {
  const crowd = new Crowd(stage, { sessions: 4, pauseMs: 300 });
  await crowd.start();
  await work();
  await crowd.stop();
}

export const gatewayFaults: readonly Scenario[] = [
  {
    id: "G1",
    title: "a gateway is killed under load: what was acknowledged is kept, clients go on elsewhere",
    async run(stage) {
      await underLoad(stage, async () => {
        for (const { part } of stage.cluster.gateways) {
          await stage.fault({
            what: `kill -9 ${part.name}`,
            inject: () => part.kill(),
            lasts: 1_500,
            heal: () => part.start(),
          });
        }
      });
    },
  },
];
