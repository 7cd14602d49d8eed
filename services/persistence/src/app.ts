import { Connection, SessionLog } from "@natter/session-log";
import type { App, Logger } from "@natter/runtime";
import { Answers } from "./answering/answers.ts";
import { AppliedFloor } from "./answering/applied.ts";
import type { Config } from "./config.ts";
import { DeadLetters } from "./recording/dead-letters.ts";
import { EpochGuard } from "./recording/epoch-guard.ts";
import { Recorder } from "./recording/recorder.ts";
import { openRecorderQueue } from "./recording/recorder-queue.ts";
import { Reindexing } from "./upkeep/reindexing.ts";
import { SessionPurger } from "./upkeep/session-purger.ts";
import { openStorePatiently } from "./stores/open-store.ts";

/** The persistence service, wired. It writes the store from the log, answers questions, and speaks to no socket. */
export async function createApp(config: Config, logger: Logger): Promise<App> {
  const store = await openStorePatiently(config.store, logger);
  const connection = await Connection.open({ url: config.natsUrl, name: config.instance, logger });
  const log = await SessionLog.open(connection, config.stream, logger);
  const queue = await openRecorderQueue(connection);
  const guard = new EpochGuard({ log, store, logger });
  const deadLetters = new DeadLetters({ store, logger });
  const recorder = new Recorder({
    connection,
    log,
    queue,
    store,
    guard,
    deadLetters,
    logger,
    retentionMs: config.stream.maxAgeSeconds * 1_000,
  });
  const applied = new AppliedFloor({ connection, log, queue });
  const purger = new SessionPurger({ log, store, applied, logger });
  const reindexing = new Reindexing({ store, logger });
  const answers = new Answers({ connection, store, applied, logger });

  return {
    async start() {
      await recorder.start();
      await applied.refresh();
      applied.start();
      answers.start();
      purger.start();
      reindexing.start();
      return {};
    },
    notReady: () => (connection.connected ? undefined : "broker away"),
    async stop() {
      await reindexing.stop();
      await answers.stop();
      await purger.stop();
      applied.stop();
      await recorder.stop();
      logger.info(recorder.health, "recorder stopped");
      await connection.close();
      await store.close();
    },
  };
}
