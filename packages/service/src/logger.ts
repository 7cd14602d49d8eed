import { createLogNames } from "./log-names.ts";
import { pino, type Logger, type LoggerOptions } from "pino";

export type { Logger } from "pino";

/**
 * JSON lines on standard output. Messages are constant strings, data are fields. What people and models
 * wrote never goes into a log, nor do keys, tokens and ids of sessions, which are keys as well.
 */
export function createLogger(
  service: string,
  options: { level: string; instance: string | undefined; namesKey?: string | undefined },
): Logger {
  // Not pino's own writer: when the reader of our output is gone that one tries again for ever, and blocks.
  process.stdout.on("error", () => undefined);
  const fields: LoggerOptions = {
    level: options.level,
    base: { service, instance: options.instance ?? service, pid: process.pid },
    hooks: { streamWrite: createLogNames(options.namesKey) },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ["*.apiKey", "*.authorization", "*.token", "*.guestToken", "*.cookie", "apiKey"],
      censor: "[secret]",
    },
  };
  return pino(fields, process.stdout);
}
