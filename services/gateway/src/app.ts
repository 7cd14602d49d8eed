import { Connection, SessionLog, StoreClient } from "@natter/broker";
import type { App, Logger } from "@natter/service";
import type { ChatSocket } from "./chat-socket.ts";
import type { Config } from "./config.ts";
import { Doorkeeper } from "./doorkeeper.ts";
import { drain, type DrainTimes } from "./drain.ts";
import type { EventStreamSink } from "./event-stream-sink.ts";
import { createGuestAuthenticator } from "./guest-authenticator.ts";
import { Heartbeat } from "./heartbeat.ts";
import { History } from "./history.ts";
import { Hub } from "./hub.ts";
import { Presence, type PresenceTimes } from "./presence.ts";
import { Sender } from "./sender.ts";
import { createServer } from "./server.ts";

const drainTimes: DrainTimes = { spreadMs: 2_000, deadlineMs: 6_000 };

/** The gateway, wired. It keeps no session's state, opens no store and calls no model. */
export async function createApp(config: Config, logger: Logger, presenceTimes?: PresenceTimes): Promise<App> {
  const connection = await Connection.open({ url: config.natsUrl, name: config.instance, logger });
  const log = await SessionLog.open(connection, config.stream, logger);
  const store = new StoreClient(connection);
  const hub = new Hub({ connection, log, logger });
  const presence = new Presence({
    connection,
    logger,
    tell: (sessionId, frame) => hub.tell(sessionId, frame),
    ...(presenceTimes ? { times: presenceTimes } : {}),
  });
  const sender = new Sender({ connection, log, store, ...config });
  const history = new History({ log, store });
  const heartbeat = new Heartbeat();
  const sockets = new Set<ChatSocket>();
  const streams = new Set<EventStreamSink>();
  let draining = false;
  const doorkeeper = new Doorkeeper(config);
  const server = await createServer({
    authenticator: createGuestAuthenticator((request) => doorkeeper.isSecure(request)),
    connection,
    doorkeeper,
    heartbeat,
    history,
    hub,
    isDraining: () => draining,
    log,
    logger,
    models: config.models,
    presence,
    sender,
    sockets,
    store,
    streams,
  });

  return {
    async start() {
      doorkeeper.warn(logger);
      hub.start();
      presence.start();
      heartbeat.start();
      const url = await server.listen({ host: config.host, port: config.port });
      return { url };
    },
    async stop() {
      draining = true;
      await drain({ sockets, streams }, drainTimes);
      await server.close();
      presence.stop();
      heartbeat.stop();
      hub.stop();
      await connection.close();
    },
  };
}
