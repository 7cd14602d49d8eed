import { pino, type Logger, type LoggerOptions, type LogFn } from "pino";
import { createLogNames } from "./log-names.ts";
import { RepeatedLines } from "./repeated-lines.ts";

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
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: createLogNames(options.namesKey), logMethod: createLogMethod() },
    redact: {
      paths: ["*.apiKey", "*.authorization", "*.token", "*.guestToken", "*.cookie", "apiKey"],
      censor: "[secret]",
    },
  };
  return pino(fields, process.stdout);
}

const warn = 40;
const fatal = 60;

/** Messages are constant strings, so they tell which lines are the same. */
function createLogMethod(): (this: Logger, args: Parameters<LogFn>, method: LogFn, level: number) => void {
  const repeated = new RepeatedLines(() => performance.now());
  return function logMethod(args, method, level) {
    const [fields, message] = args as unknown as [unknown, unknown];
    if (level < warn || level >= fatal || typeof message !== "string") return method.apply(this, args);
    const leftOut = repeated.admit(message);
    if (leftOut === undefined) return;
    if (leftOut === 0 || typeof fields !== "object") return method.apply(this, args);
    method.apply(this, [{ ...fields, leftOut }, message] as unknown as Parameters<LogFn>);
  };
}
