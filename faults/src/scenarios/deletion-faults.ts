import { Deletions } from "../load/deletions.ts";
import type { Scenario } from "../scenario.ts";
import type { Fault, Stage } from "../stage.ts";
import { crashAt, underLoad } from "../load/under-load.ts";

/** Sessions are deleted while `work` is done, and some right before it ends. */
async function whileDeleting(stage: Stage, work: () => Promise<void>): Promise<void> {
  const deletions = new Deletions(stage);
  await underLoad(stage, async () => {
    const over = new AbortController();
    const deleting = deletions.deleteUntil(over.signal);
    // Together: what goes wrong while things break belongs to this row, and ends no other one.
    const working = work().finally(() => over.abort());
    for (const outcome of await Promise.allSettled([working, deleting]))
      if (outcome.status === "rejected") throw outcome.reason;
  });
  await deletions.check();
}

const killed = (stage: Stage, what: string, parts: Stage["cluster"]["members"]): Fault => ({
  what: `kill -9 ${what}`,
  inject: async () => void (await Promise.all(parts.map(({ part }) => part.kill()))),
  lasts: stage.random.between(500, 4_000),
  heal: async () => void (await Promise.all(parts.map(({ part }) => part.start()))),
});

export const deletionFaults: readonly Scenario[] = [
  {
    id: "D1",
    title: "sessions are deleted, before, during and after their replies",
    run: (stage) => whileDeleting(stage, () => stage.pause(8_000)),
  },
  {
    id: "D2 after-store",
    title: "a process dies when the store holds nothing of a deleted session any more, and the log does",
    failpoint: "purger.after-store",
    run: (stage) =>
      whileDeleting(stage, async () => {
        for (const recorder of stage.cluster.recorders) await crashAt(stage, recorder, "purger.after-store");
      }),
  },
  {
    id: "D2 after-log",
    title: "a process dies when neither holds anything of a deleted session",
    failpoint: "purger.after-log",
    run: (stage) =>
      whileDeleting(stage, async () => {
        for (const recorder of stage.cluster.recorders) await crashAt(stage, recorder, "purger.after-log");
      }),
  },
  {
    id: "D3",
    title: "workers, persistence, gateways and the broker are killed while sessions are deleted",
    run: (stage) =>
      whileDeleting(stage, async () => {
        const { workers, recorders, gateways, brokers } = stage.cluster;
        await stage.fault(killed(stage, "both workers", workers));
        await stage.fault(killed(stage, "both recorders", recorders));
        await stage.fault(killed(stage, "both gateways", gateways));
        await stage.fault({
          what: "kill -9 nats",
          inject: () => brokers.kill(),
          lasts: 2_000,
          heal: () => brokers.start(),
        });
      }),
  },
];
