import { pino, type Logger } from "pino";

export type { Logger } from "pino";

/**
 * JSON lines on standard output. Messages are constant strings, data are fields. What people and models
 * wrote never goes into a log, nor do keys and tokens.
 */
export function createLogger(
  service: string,
  options: { level: string; instance: string | undefined },
): Logger {
  return pino({
    level: options.level,
    base: { service, instance: options.instance ?? service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ["*.apiKey", "*.authorization", "*.token", "*.guestToken", "*.cookie", "apiKey"],
      censor: "[secret]",
    },
  });
}
