import { WorkQueue, type Connection } from "@natter/session-log";

const ackWaitMs = 30_000;
const maxUnacknowledged = 5_000;

/** The queue that all persistence processes share. A store that is made again gets every event of the log. */
export async function openRecorderQueue(connection: Connection): Promise<WorkQueue> {
  return WorkQueue.open(connection, {
    consumer: "recorder",
    ackWaitMs,
    maxUnacknowledged,
    firstSeq: async () => 1,
  });
}
