import type { Failpoint } from "@natter/runtime";
import { Crowd } from "./crowd.ts";
import type { Member } from "../cluster/members.ts";
import type { Stage } from "../stage.ts";

const crashMs = 60_000;

/** Runs `work` while people talk. */
export async function underLoad(
  stage: Stage,
  work: () => Promise<void>,
  options: { sessions?: number; pauseMs?: number } = {},
): Promise<void> {
  const crowd = new Crowd(stage, { sessions: 4, pauseMs: 300, ...options });
  await crowd.start();
  try {
    await work();
  } finally {
    await crowd.stop();
  }
}

/** Lets a process die at one step of its work, while people talk. */
export async function crashAt(stage: Stage, { part }: Member, failpoint: Failpoint): Promise<void> {
  const times = stage.random.between(1, 4);
  await stage.fault({
    what: `${part.name} dies at ${failpoint}`,
    async inject() {
      await part.stop();
      await part.start({ NATTER_CRASH_AT: `${failpoint}:${times}` });
    },
    async lasts() {
      if (!(await part.ended(crashMs))) throw new Error(`${part.name} never came to ${failpoint}`);
    },
    heal: () => part.start(),
  });
}
