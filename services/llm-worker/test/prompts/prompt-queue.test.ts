import { Connection, SessionLog, SessionView, type StoreClient } from "@natter/session-log";
import { operatorOf } from "@natter/session-log/testing";
import { consumers, streamName } from "@natter/protocol";
import { createLogger } from "@natter/runtime";
import { startNatsServer } from "@natter/testing";
import { expect, test } from "vitest";
import { openPromptQueue } from "../../src/prompts/prompt-queue.ts";

const logger = createLogger("prompts", { level: "silent", instance: undefined });
const stream = { replicas: 1, maxAgeSeconds: 3_600, maxBytes: -1, dedupeWindowSeconds: 120 };

test.each([
  ["at the earliest open prompt that the store knows", { promptSeq: 30, appliedSeq: 40 }, 30],
  ["after what is recorded, if that prompt is later", { promptSeq: 50, appliedSeq: 40 }, 41],
  ["after what is recorded, if no prompt is open", { promptSeq: undefined, appliedSeq: 40 }, 41],
])("prompt queue - a consumer that is made again starts %s", async (_where, stored, expected) => {
  await using server = await startNatsServer();
  const connection = await Connection.open({ url: server.url, name: "test", logger });
  const log = await SessionLog.open(connection, stream, logger);
  const { epoch } = log;
  const { promptSeq: seq, appliedSeq } = stored;
  const position = seq === undefined ? null : { epoch, seq };
  const store = { ask: async () => ({ position, epoch, appliedSeq }) } as unknown as StoreClient;
  const view = new SessionView({ log, store });
  const queue = await openPromptQueue({ connection, view, ackWaitMs: 1_000 });
  await queue.ensure();
  const { config } = await operatorOf(log).consumers.info(streamName, consumers.responder);
  expect(config.opt_start_seq).toBe(expected);
  await connection.close();
});
