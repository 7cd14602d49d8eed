import {
  StoreAway,
  WorkQueue,
  type Connection,
  type SessionLog,
  type StoreClient,
} from "@natter/session-log";

interface PromptQueueDeps {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly store: StoreClient;
  readonly ackWaitMs: number;
}

const maxUnacknowledged = 20_000;

/** The queue that all workers share. A queue that is made again begins at the earliest prompt that may be open. */
export async function openPromptQueue({
  connection,
  log,
  store,
  ackWaitMs,
}: PromptQueueDeps): Promise<WorkQueue> {
  return WorkQueue.open(connection, {
    consumer: "responder",
    ackWaitMs,
    maxUnacknowledged,
    firstSeq: () => firstNeededSeq(log, store),
  });
}

async function firstNeededSeq(log: SessionLog, store: StoreClient): Promise<number> {
  try {
    const { position, epoch, appliedSeq } = await store.ask("earliest_prompt", {});
    // A prompt of an earlier epoch says nothing about this one's: there may be an open one anywhere.
    if (epoch !== log.epoch || (position && position.epoch !== log.epoch)) return 1;
    return position?.seq ?? appliedSeq + 1;
  } catch (error) {
    // Without the store every event is looked at again: those that are answered are acknowledged at once.
    if (error instanceof StoreAway) return 1;
    throw error;
  }
}
