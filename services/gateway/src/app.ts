import { Connection, SessionLog, SessionView, StoreClient } from "@natter/session-log";
import type { App, Logger } from "@natter/runtime";
import type { Config } from "./config.ts";
import { Doorkeeper } from "./admission/doorkeeper.ts";
import { drain, noConnections, type DrainTimes } from "./connections/drain.ts";
import { createGuestAuthenticator } from "./identity/guest-authenticator.ts";
import { SocketHeartbeat, type HeartbeatTimes } from "./connections/socket-heartbeat.ts";
import { History } from "./history/history.ts";
import { Hub } from "./relay/hub.ts";
import { Presence, type PresenceTimes } from "./presence/presence.ts";
import { Seats } from "./admission/seats.ts";
import { SendQueues } from "./sinks/send-queues.ts";
import { Sender } from "./sending/sender.ts";
import { createServer } from "./http/server.ts";
import type { FirstAuthor } from "./history/session-deletion.ts";
import { SlowReaders, type SlowReaderTimes } from "./sinks/slow-readers.ts";

/** What the kernel holds for a reader is looked at so often before it counts as one that takes nothing. */
const looksWhileStalling = 6;
const drainTimes: DrainTimes = { spreadMs: 2_000, deadlineMs: 6_000 };

/** Waits that differ from the usual ones. */
export interface GatewayTimes {
  readonly presence?: PresenceTimes;
  readonly heartbeat?: HeartbeatTimes;
  readonly slowReaders?: SlowReaderTimes;
}

/** The gateway, wired. It keeps no session's state, opens no store and calls no model. */
export async function createApp(config: Config, logger: Logger, times: GatewayTimes = {}): Promise<App> {
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
    tell: (sessionId, frame, self) => hub.tell(sessionId, frame, self),
    times: times.presence,
  });
  const sender = new Sender({ connection, log, view, firstAuthor, ...config });
  const readers = createReaders(config, logger, times);
  let draining = false;
  const doorkeeper = new Doorkeeper(config);
  const server = await createServer({
    ...readers,
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
      for (const watcher of readers.watchers) watcher.start();
      readers.seats.limit(server.server);
      const url = await server.listen({ host: config.host, port: config.port });
      return { url };
    },
    async stop() {
      draining = true;
      await drain(readers, drainTimes);
      await server.close();
      presence.stop();
      for (const watcher of readers.watchers) watcher.stop();
      hub.stop();
      await connection.close();
    },
  };
}

/** Who is connected, and what watches over them. */
function createReaders(config: Config, logger: Logger, times: GatewayTimes) {
  const heartbeat = new SocketHeartbeat(times.heartbeat);
  const maxBytes = config.readersMaxBytes;
  const slowReaders = new SlowReaders({ logger, maxBytes, times: times.slowReaders });
  const sendQueues = new SendQueues(slowReaders.stallMs / looksWhileStalling);
  return {
    heartbeat,
    slowReaders,
    sendQueues,
    watchers: [heartbeat, slowReaders, sendQueues],
    seats: new Seats(config.maxSockets),
    ...noConnections(),
  };
}
