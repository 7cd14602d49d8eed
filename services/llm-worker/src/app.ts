import { Connection, SessionLog, SessionView, StoreClient } from "@natter/session-log";
import type { App, Logger } from "@natter/runtime";
import { FlushTimer } from "./reply/chunk-coalescer.ts";
import { contain } from "./models/bulkhead.ts";
import type { Config } from "./config.ts";
import { ContextReader } from "./context/context-reader.ts";
import { openModel } from "./models/open-model.ts";
import { openPromptQueue } from "./prompts/prompt-queue.ts";
import { Responder } from "./prompts/responder.ts";
import { SuspectGate } from "./prompts/suspect-gate.ts";
import { TitleWriter } from "./titles/title-writer.ts";

/** What a worker needs after its drain to hand over and to close. */
const exitMs = 15_000;

/** The worker, wired. It writes no store, and believes nothing but the log. */
export async function createApp(config: Config, logger: Logger): Promise<App> {
  const connection = await Connection.open({ url: config.natsUrl, name: config.instance, logger });
  const log = await SessionLog.open(connection, config.stream, logger);
  const view = new SessionView({ log, store: new StoreClient(connection) });
  let reconnects = 0;
  connection.onReconnect(() => void reconnects++);
  const { name, allowed } = config.model;
  const model = openModel({ ...config.model, logger });
  const { systemPrompt, contextTokens: budgetTokens } = config;
  const defaults = { systemPrompt, model: name, allowedModels: allowed, budgetTokens };
  const context = new ContextReader({ view, defaults });
  const { replyTokens } = config.model;
  const titles = config.autoTitles ? new TitleWriter({ log, view, model, replyTokens, logger }) : undefined;
  const { ackWaitMs } = config.timings;
  const promptQueue = await openPromptQueue({ connection, view, ackWaitMs });
  const deps = {
    config,
    connection,
    connectionNumber: () => (connection.connected ? reconnects : undefined),
    log,
    view,
    context,
    titles,
    gate: new SuspectGate(),
    model,
    timer: new FlushTimer(),
    logger,
  };
  const responder = new Responder(deps, promptQueue);

  return {
    async start() {
      await responder.start();
      return {};
    },
    notReady: () => (connection.connected ? undefined : "broker away"),
    stopDeadlineMs: config.drainMs + exitMs,
    contain: (error) => contain(error, logger),
    async stop() {
      const deadline = drainDeadline(config.drainMs);
      await responder.stop(deadline);
      await titles?.stop(deadline);
      await connection.close();
    },
  };
}

function drainDeadline(drainMs: number): AbortSignal {
  return drainMs === 0 ? AbortSignal.abort() : AbortSignal.timeout(drainMs);
}
