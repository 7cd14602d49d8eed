import { WorkQueue, type Connection } from "@natter/session-log";

const ackWaitMs = 30_000;
const maxUnacknowledged = 5_000;

/** The work queue that all persistence processes share. A new store gets every event of the log. */
export async function openRecorderQueue(connection: Connection): Promise<WorkQueue> {
  return WorkQueue.open(connection, {
    consumer: "recorder",
    ackWaitMs,
    maxUnacknowledged,
    firstSeq: async () => 1,
  });
}
