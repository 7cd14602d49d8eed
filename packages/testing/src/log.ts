/** The session log as tests use it: a broker, a connection, and the log on it. */
import { randomUUID } from "node:crypto";
import { decodeObject, encodeFrame, type LogEvent } from "@natter/protocol";
import { Connection, SessionLog, type LogStreamOptions } from "@natter/session-log";
import { recordingLogger, type RecordingLogger } from "./recording-logger.ts";
import { startNatsServer, type TestNatsServer } from "./servers/nats-server.ts";

export const testStream: LogStreamOptions = {
  replicas: 1,
  maxAgeSeconds: 3_600,
  maxBytes: -1,
  dedupeWindowSeconds: 600,
};

export interface OpenedLog extends AsyncDisposable {
  readonly connection: Connection;
  readonly log: SessionLog;
  /** Has the log lines of the connection and the log. */
  readonly logger: RecordingLogger;
}

/** Opens the log of a broker on a connection of its own, as another process would. */
export async function openLog(
  broker: { readonly url: string },
  options: Partial<LogStreamOptions> = {},
): Promise<OpenedLog> {
  const logger = recordingLogger();
  const connection = await Connection.open({ url: broker.url, name: "test", logger });
  const log = await SessionLog.open(connection, { ...testStream, ...options }, logger);
  return { connection, log, logger, [Symbol.asyncDispose]: () => connection.close() };
}

export interface OwnLog extends OpenedLog {
  readonly server: TestNatsServer;
}

/** Starts a broker and opens its log. Both end together. */
export async function openOwnLog(options: Partial<LogStreamOptions> = {}): Promise<OwnLog> {
  const server = await startNatsServer();
  const opened = await openLog(server, options);
  return {
    ...opened,
    server,
    async [Symbol.asyncDispose]() {
      await opened.connection.close();
      await server.stop();
    },
  };
}

/** Appends an event as a gateway does. Resolves with its seq. */
export async function appendEvent(
  log: SessionLog,
  sessionId: string,
  event: LogEvent | object,
): Promise<number> {
  const { id = randomUUID() } = event as { id?: string };
  const { seq } = await log.append(sessionId, encodeFrame(event), { eventId: id });
  return seq;
}

export interface LoggedEvent {
  readonly event: LogEvent;
  readonly seq: number;
}

/** All events of a session, as the log has them now. What is no JSON object is left out. */
export async function readEvents(log: SessionLog, sessionId: string): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for await (const { bytes, seq } of log.read(sessionId, { after: 0 })) {
    const event = decodeObject(bytes) as LogEvent | undefined;
    if (event) events.push({ event, seq });
  }
  return events;
}

let sessions = 0;

/** A session id that this process has not used. Tests share servers, and never a session. */
export function newSession(): string {
  sessions++;
  return `session-${sessions}`;
}
