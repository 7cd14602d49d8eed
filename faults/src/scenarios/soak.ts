import { Crowd } from "../load/crowd.ts";
import { Deletions } from "../load/deletions.ts";
import { haunt } from "../random-nemesis.ts";
import type { Stage } from "../stage.ts";
import type { Scenario } from "../scenario.ts";

/** A seeded schedule of whatever can go wrong, while people talk. */
export function soak(minutes: number): Scenario {
  return {
    id: "S4",
    title: `whatever can go wrong, by the seed, for ${minutes} minutes`,
    async run(stage) {
      const crowd = new Crowd(stage, { sessions: 6, pauseMs: 400 });
      const deletions = new Deletions(stage);
      await crowd.start();
      const over = new AbortController();
      const deleting = deletions.deleteUntil(over.signal, 3_000);
      // What it rejects with is told when the schedule is over, and must not end the process before.
      deleting.catch(() => undefined);
      await haunt(stage, performance.now() + minutes * 60_000).finally(() => over.abort());
      await Promise.all([deleting, crowd.stop()]);
      await deletions.check();
    },
  };
}

export interface Amount {
  readonly messages: number;
  readonly replies: number;
}

/** The same until so much was acknowledged and answered. */
export function longRun(amount: Amount): Scenario {
  return {
    id: "S4 long",
    title: `whatever can go wrong, until ${amount.messages} messages are acknowledged`,
    async run(stage) {
      const crowd = new Crowd(stage, { sessions: 40, pauseMs: 300, isPlain: true });
      const mixed = new Crowd(stage, { sessions: 6, pauseMs: 400 });
      await Promise.all([crowd.start(), mixed.start()]);
      const isEnough = (): boolean => {
        const { asked, answered } = talkOf(stage);
        return asked >= amount.messages && answered >= amount.replies;
      };
      while (!isEnough()) await haunt(stage, performance.now() + 20_000);
      await Promise.all([crowd.stop(), mixed.stop()]);
    },
  };
}

function talkOf({ sessions }: Stage): { asked: number; answered: number } {
  const clients = sessions.flatMap((session) => session.clients);
  const asked = clients.flatMap((client) => [...client.prompts].map((id) => client.hasSeenEndOf(id)));
  return { asked: asked.length, answered: asked.filter(Boolean).length };
}
