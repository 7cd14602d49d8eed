import { WorkQueue, type Connection, type SessionView } from "@natter/session-log";

interface PromptQueueDeps {
  readonly connection: Connection;
  readonly view: SessionView;
  readonly ackWaitMs: number;
}

const maxUnacknowledged = 20_000;

/** The queue that all workers share. A queue that is made again begins at the earliest prompt that may be open. */
export async function openPromptQueue({ connection, view, ackWaitMs }: PromptQueueDeps): Promise<WorkQueue> {
  return WorkQueue.open(connection, {
    consumer: "responder",
    ackWaitMs,
    maxUnacknowledged,
    firstSeq: () => firstNeededSeq(view),
  });
}

/**
 * Events after `appliedSeq` may hold a prompt that the store does not know yet. Without the store that is every event, and
 * the worker acknowledges at once those that need no answer any more.
 */
async function firstNeededSeq(view: SessionView): Promise<number> {
  const { answer, epoch, appliedSeq } = await view.ask("earliest_prompt", {}, "log-alone");
  const position = answer?.position ?? undefined;
  // A prompt of an earlier epoch says nothing about this one's: there may be an open one anywhere.
  if (position && position.epoch !== epoch) return 1;
  return Math.min(position?.seq ?? Number.POSITIVE_INFINITY, appliedSeq + 1);
}
