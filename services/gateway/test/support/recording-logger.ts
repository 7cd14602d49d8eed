import { createLogger, type Logger } from "@natter/runtime";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: unknown;
  readonly message: unknown;
}

export type RecordingLogger = Logger & { readonly lines: LogLine[] };

/** Writes nothing, and remembers what it was told. */
export function recordingLogger(): RecordingLogger {
  const lines: LogLine[] = [];
  const logger = createLogger("test", { level: "silent", instance: undefined });
  for (const level of ["info", "warn", "error"] as const) {
    logger[level] = (fields: unknown, message?: unknown) => void lines.push({ level, fields, message });
  }
  return Object.assign(logger, { lines });
}
