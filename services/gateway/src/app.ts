import { Connection, SessionLog, SessionView, StoreClient } from "@natter/session-log";
import type { App, Logger } from "@natter/runtime";
import type { Config } from "./config.ts";
import { Doorkeeper } from "./admission/doorkeeper.ts";
import { drain, noConnections } from "./connections/drain.ts";
import { createGuestAuthenticator } from "./identity/guest-authenticator.ts";
import { SocketHeartbeat } from "./connections/socket-heartbeat.ts";
import { History } from "./history/history.ts";
import { Hub } from "./relay/hub.ts";
import { Presence } from "./presence/presence.ts";
import { systemClock } from "./presence/clock.ts";
import { Seats } from "./admission/seats.ts";
import { SendQueues } from "./sinks/send-queues.ts";
import { Sender } from "./sending/sender.ts";
import { createServer } from "./http/server.ts";
import type { FirstAuthor } from "./history/session-deletion.ts";
import { SlowConsumers } from "./sinks/slow-consumers.ts";

/** Looks at the kernel's buffers within `stallMs`, so that a client that takes something is seen in time. */
const looksWhileStalling = 6;

/** The gateway, wired. It keeps no session's state, opens no store and calls no model. */
export async function createApp(config: Config, logger: Logger): Promise<App> {
  const connection = await Connection.open({ url: config.natsUrl, name: config.instance, logger });
  const log = await SessionLog.open(connection, config.stream, logger);
  const store = new StoreClient(connection);
  const view = new SessionView({ log, store });
  const history = new History({ log, view });
  const firstAuthor: FirstAuthor = async (sessionId) =>
    (await history.details(sessionId)).details.firstAuthor;
  const hub = new Hub({ connection, log, logger, firstAuthor });
  const presence = new Presence({
    connection,
    logger,
    relay: (sessionId, frame, self) => hub.tell(sessionId, frame, self),
    times: config.times.presence,
    clock: systemClock,
  });
  const sender = new Sender({ connection, log, view, firstAuthor, ...config });
  const connections = createConnections(config, logger);
  let draining = false;
  const doorkeeper = new Doorkeeper(config);
  const server = await createServer({
    ...connections,
    authenticator: createGuestAuthenticator((request) => doorkeeper.isSecure(request)),
    connection,
    doorkeeper,
    history,
    hub,
    isDraining: () => draining,
    log,
    logger,
    models: config.models,
    presence,
    sender,
    store,
  });

  return {
    async start() {
      doorkeeper.warn(logger);
      hub.start();
      presence.start();
      for (const watcher of connections.watchers) watcher.start();
      connections.seats.limit(server.server);
      const url = await server.listen({ host: config.host, port: config.port });
      return { url };
    },
    async stop() {
      draining = true;
      await drain(connections, config.times.drain);
      await server.close();
      presence.stop();
      for (const watcher of connections.watchers) watcher.stop();
      hub.stop();
      await connection.close();
    },
  };
}

/** The open connections, and what watches them. */
function createConnections({ times, readersMaxBytes, maxSockets }: Config, logger: Logger) {
  const heartbeat = new SocketHeartbeat(times.heartbeat);
  const slowConsumers = new SlowConsumers({ logger, maxBytes: readersMaxBytes, times: times.slowConsumers });
  const sendQueues = new SendQueues(times.slowConsumers.stallMs / looksWhileStalling);
  return {
    heartbeat,
    slowConsumers,
    sendQueues,
    watchers: [heartbeat, slowConsumers, sendQueues],
    seats: new Seats(maxSockets),
    ...noConnections(),
  };
}
