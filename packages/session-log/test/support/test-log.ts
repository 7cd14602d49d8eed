import { startNatsServer, type TestNatsServer } from "@natter/testing";
import { Connection, SessionLog, type BrokerLogger, type LogStreamOptions } from "../../src/index.ts";

const streamOptions: LogStreamOptions = {
  replicas: 1,
  maxAgeSeconds: 3_600,
  maxBytes: -1,
  dedupeWindowSeconds: 600,
};

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: object;
}

/** A logger that remembers what it was told. */
export function recordingLogger(): BrokerLogger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, info: at("info"), warn: at("warn"), error: at("error") };
}

export interface Opened extends AsyncDisposable {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly logger: ReturnType<typeof recordingLogger>;
}

/** A connection of its own, with the log on it. */
export async function openLog(
  server: TestNatsServer,
  options: Partial<LogStreamOptions> = {},
): Promise<Opened> {
  const logger = recordingLogger();
  const connection = await Connection.open({ url: server.url, name: "test", logger });
  const log = await SessionLog.open(connection, { ...streamOptions, ...options }, logger);
  return { connection, log, logger, [Symbol.asyncDispose]: () => connection.close() };
}

export interface OwnLog extends Opened {
  readonly server: TestNatsServer;
}

/** A server and a log, both for one test. */
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

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytesOf(value: object): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

let sessions = 0;

/** Tests of one file share a server, never a session. */
export function newSession(): string {
  sessions++;
  return `s${sessions}`;
}
