import { subjects } from "@natter/protocol";
import type { Failpoint } from "@natter/runtime";
import type { Scenario } from "../scenario.ts";
import { waitUntil, type Stage } from "../stage.ts";
import { askEach, providerFaults } from "./provider-faults.ts";
import { crashAt, underLoad } from "../load/under-load.ts";

const crash = (failpoint: Failpoint & `worker.${string}`, title: string): Scenario => ({
  id: `W1 ${failpoint.slice("worker.".length)}`,
  title,
  failpoint,
  run: (stage) =>
    underLoad(stage, async () => {
      const [worker] = stage.cluster.workers;
      if (worker) await crashAt(stage, worker, failpoint);
    }),
});

const crashes: readonly Scenario[] = [
  crash("worker.after-claim", "a worker dies when the log shows its claim and the model was not asked"),
  crash("worker.after-first-chunk", "a worker dies in the middle of a reply"),
  crash("worker.before-complete", "a worker dies when all was said and the log has no end of it"),
  crash(
    "worker.after-complete",
    "a worker dies when the log has the end and the wake-up is not acknowledged",
  ),
];

const stops: readonly Scenario[] = [
  {
    id: "W7",
    title: "stop before, during, after, twice, by somebody else, and with its fast message lost",
    async run(stage) {
      const { gateways } = stage.cluster;
      for (const isLost of [false, true]) {
        if (isLost)
          for (const { broker } of gateways)
            broker.judge("up", ({ subject }) => (subject.startsWith(subjects.control("")) ? "drop" : "pass"));
        await Promise.all([0, 300, 3_000].map((ms) => stopAfter(stage, ms)));
      }
      for (const { broker } of gateways) broker.heal();
    },
  },
];

async function stopAfter(stage: Stage, ms: number): Promise<void> {
  const { near, far } = await stage.pair();
  const ack = await near.send({ type: "message", message: "/rate 30 /count 60" });
  const messageId = ack?.messageId ?? "";
  await stage.pause(ms);
  await Promise.all([
    near.send({ type: "stop", messageId }),
    near.send({ type: "stop", messageId: `${messageId}.${messageId}` }),
    far.send({ type: "stop", messageId }),
  ]);
  await waitUntil(() => near.hasSeenEndOf(messageId), 20_000);
  await near.send({ type: "stop", messageId });
  await near.send({ type: "message", message: "/rate 0 /echo and go on" });
}

const zombies: readonly Scenario[] = [
  {
    id: "W2",
    title: "a worker freezes in its replies for longer than its lease, and wakes",
    async run(stage) {
      const [frozen, other] = stage.cluster.workers;
      const pairs = await Promise.all([1, 2, 3].map(() => stage.pair()));
      // The one that will freeze gets all of them.
      await other?.part.stop();
      for (const { near } of pairs) await near.send({ type: "message", message: "/rate 20 /count 200" });
      await stage.pause(1_500);
      await other?.part.start();
      await stage.fault({
        what: "freeze llm-worker-1 for 45 s",
        inject: () => frozen?.part.pause(),
        lasts: 45_000,
        heal: () => frozen?.part.resume(),
      });
    },
  },
  {
    id: "W2 late words",
    title: "words of an attempt arrive when the next one speaks",
    async run(stage) {
      const [first, second] = stage.cluster.workers;
      const { session, near } = await stage.pair();
      await second?.part.stop();
      const ack = await near.send({ type: "message", message: "/rate 20 /count 60" });
      await stage.pause(700);
      const id = `${ack?.messageId}.${ack?.messageId}`;
      await second?.part.start();
      await stage.fault({
        what: "SIGTERM llm-worker-1 in a reply; its words come late",
        inject: () => first?.part.stop(),
        async lasts() {
          for (let n = 0; n < 80; n++) {
            await stage.cluster.operator.say(session.id, {
              type: "ai_chunk",
              id,
              attempt: 1,
              n,
              chunk: " stale",
            });
            await stage.pause(25);
          }
        },
        heal: () => first?.part.start(),
      });
    },
  },
  {
    id: "W2 slow link",
    title: "everything that a worker says takes 25 s, and it is killed",
    async run(stage) {
      const [slow, other] = stage.cluster.workers;
      const { near } = await stage.pair();
      await other?.part.stop();
      await near.send({ type: "message", message: "/rate 10 /count 300" });
      await stage.pause(1_000);
      await other?.part.start();
      await stage.fault({
        what: "llm-worker-1 is heard 25 s late, and dies",
        async inject() {
          slow?.broker.proxy.delay(25_000);
          await stage.pause(2_000);
          await slow?.part.kill();
        },
        lasts: 30_000,
        async heal() {
          slow?.broker.heal();
          await slow?.part.start();
        },
      });
    },
  },
];

export const workerFaults: readonly Scenario[] = [
  ...crashes,
  ...zombies,
  ...providerFaults,
  ...stops,
  {
    id: "W8",
    title: "who asked leaves at once, and finds the answer later",
    async run(stage) {
      const session = stage.createSession();
      const client = stage.join(session);
      await client.untilOpen();
      await client.send({ type: "message", message: "/rate 50 /count 60" });
      client.leave();
      await stage.pause(4_000);
      client.comeBack();
      await client.untilOpen();
    },
  },
  {
    id: "W9",
    title: "no worker runs for 15 s: what was asked is answered afterwards, in its order",
    run: (stage) =>
      underLoad(stage, async () => {
        const { workers } = stage.cluster;
        await stage.fault({
          what: "kill -9 every worker",
          inject: async () => void (await Promise.all(workers.map(({ part }) => part.kill()))),
          lasts: 15_000,
          heal: async () => void (await Promise.all(workers.map(({ part }) => part.start()))),
        });
      }),
  },
  {
    id: "W10",
    title: "prompts that fail each time get one error each, and the others flow",
    run: (stage) =>
      underLoad(stage, () =>
        askEach(
          stage,
          Array.from({ length: 12 }, () => "/fail 500 /rate 0 /count 5"),
        ),
      ),
  },
  {
    id: "W11",
    title: "a reply takes longer than the broker waits for an ack",
    run: (stage) => askEach(stage, ["/rate 4 /count 110", "/late 4000 /rate 5 /count 110"]),
  },
];
